// What is drawn into the scene besides its bodies: goal, the way there, force, limits, the trail of the tip.

import { THREE } from "nicegui-scene";

const AMBER = 0xffb44c, GREEN = 0x54d58c, CYAN = 0x5cc8ff, RED = 0xff5a4f, VIOLET = 0xb48cff, WHITE = 0xe8eef4;
const TRAIL = 90;
const SHOWN_FORCE_N = 0.02;

export class Marks {
  constructor(world, description) {
    this.description = description;
    this.group = new THREE.Group();
    this.group.renderOrder = 10;
    world.add(this.group);
    this.goal = this._ring(AMBER);
    this.way = this._line(2, WHITE, true);
    this.arms = description.arms.map(() => ({
      trail: this._line(TRAIL, CYAN),
      tether: this._line(2, AMBER),
      force: this._arrow(),
      points: [],
    }));
    for (const path of description.paths) {
      const line = this._line(path.points.length, VIOLET);
      path.points.forEach((p, i) => line.geometry.attributes.position.setXYZ(i, ...p));
      line.visible = true;
      line.geometry.setDrawRange(0, path.points.length);
    }
  }

  clear() {
    this.group.parent?.remove(this.group);
    this.group.traverse((each) => {
      each.geometry?.dispose();
      each.material?.dispose?.();
    });
  }

  _paint(colour, opacity = 0.9) {
    return { color: colour, transparent: true, opacity, depthTest: true, toneMapped: false };
  }

  _ring(colour) {
    const ring = new THREE.Mesh(new THREE.TorusGeometry(1, 0.05, 8, 48), new THREE.MeshBasicMaterial(this._paint(colour)));
    ring.visible = false;
    this.group.add(ring);
    return ring;
  }

  _line(count, colour, dashed = false) {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(new Float32Array(3 * count), 3));
    const kind = dashed ? new THREE.LineDashedMaterial({ ...this._paint(colour, 0.8), dashSize: 0.003, gapSize: 0.002 }) : new THREE.LineBasicMaterial(this._paint(colour, 0.7));
    const line = new THREE.Line(geometry, kind);
    line.frustumCulled = false;
    line.visible = false;
    this.group.add(line);
    return line;
  }

  _arrow() {
    const arrow = new THREE.ArrowHelper(new THREE.Vector3(0, 0, 1), new THREE.Vector3(), 0.02, CYAN, 0.006, 0.004);
    arrow.visible = false;
    this.group.add(arrow);
    return arrow;
  }

  show(head) {
    const target = head.target;
    const asked = head.arms[Math.min(head.asked, head.arms.length - 1)];
    const tip = asked && asked.tip[0] !== null ? new THREE.Vector3(...asked.tip.slice(0, 3)) : null;
    this.goal.visible = !!target && this.description.goal_radius_m > 0;
    this.way.visible = false;
    if (this.goal.visible) {
      const at = new THREE.Vector3(...target.slice(0, 3));
      const near = this.description.goal_radius_m;
      const reached = head.success || (tip && tip.distanceTo(at) <= near);
      this.goal.position.copy(at);
      this.goal.scale.setScalar(near);
      this.goal.material.color.setHex(reached ? GREEN : AMBER);
      if (tip && !reached && tip.distanceTo(at) > 1.2 * near) this._join(this.way, tip, at);
    }
    head.arms.forEach((arm, i) => this._arm(arm, this.arms[i]));
  }

  _arm(arm, marks) {
    if (!marks || arm.tip[0] === null) return;
    const tip = new THREE.Vector3(...arm.tip.slice(0, 3));
    const last = marks.points[marks.points.length - 1];
    if (!last || last.distanceTo(tip) > 5e-4) marks.points.push(tip);
    if (marks.points.length > TRAIL) marks.points.shift();
    marks.trail.visible = marks.points.length > 1 && !this.description.guided;
    marks.points.forEach((p, k) => marks.trail.geometry.attributes.position.setXYZ(k, p.x, p.y, p.z));
    marks.trail.geometry.attributes.position.needsUpdate = true;
    marks.trail.geometry.setDrawRange(0, marks.points.length);
    const asked = arm.target[0] === null ? null : new THREE.Vector3(...arm.target.slice(0, 3));
    marks.tether.visible = false;
    if (asked && !arm.clutch && asked.distanceTo(tip) > 2e-3) this._join(marks.tether, tip, asked);
    const force = arm.force.every((x) => x !== null) ? new THREE.Vector3(...arm.force) : null;
    const size = force ? force.length() : 0;
    marks.force.visible = size > SHOWN_FORCE_N;
    if (marks.force.visible) {
      const full = this.description.force_limit_n || 2;
      const share = Math.min(size / full, 1);
      marks.force.position.copy(tip);
      marks.force.setDirection(force.normalize());
      marks.force.setLength(0.006 + 0.024 * share, 0.006, 0.004);
      marks.force.setColor(share >= 1 ? RED : share >= 0.5 ? AMBER : CYAN);
    }
  }

  _join(line, a, b) {
    const position = line.geometry.attributes.position;
    position.setXYZ(0, a.x, a.y, a.z);
    position.setXYZ(1, b.x, b.y, b.z);
    position.needsUpdate = true;
    if (line.material.isLineDashedMaterial) line.computeLineDistances();
    line.visible = true;
  }
}
