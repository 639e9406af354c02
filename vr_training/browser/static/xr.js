// A headset: the scene before the seat of the person, controllers or hands as hands on the arms.

import { THREE } from "nicegui-scene";

const REACH_M = { ahead: 0.55, below: 0.3 }; // where the work lies from the head; ours, for a person who sits
const SCALE = 3; // how much larger than it is the scene is shown at first
const SCALES = [0.5, 12];
const FEEL_N = 0.05;
const PULSE_MS = 40;
const WORDS_MS = 200;

export async function modes() {
  const has = async (mode) => {
    try {
      return !!navigator.xr && (await navigator.xr.isSessionSupported(mode));
    } catch {
      return false;
    }
  };
  const [vr, ar] = await Promise.all([has("immersive-vr"), has("immersive-ar")]);
  return { vr, ar };
}

export class Xr {
  /**
   * @param stage The stage that is shown.
   * @param on Called back: ended().
   */
  constructor(stage, on) {
    Object.assign(this, { stage, on, session: null, seated: false, frames: 0 });
    this.scale = SCALE;
    this.turn = new THREE.Quaternion(); // from the session's axes to those of the room
  }

  get presenting() {
    return this.session !== null;
  }

  /** Enter a mode; call it from a click. */
  async enter(mode) {
    const { renderer, scene } = this.stage;
    const session = await navigator.xr.requestSession(mode, {
      requiredFeatures: ["local-floor"],
      optionalFeatures: ["hand-tracking", "bounded-floor"],
    });
    this.session = session;
    this.seated = false;
    this.frames = 0;
    renderer.xr.enabled = true;
    renderer.xr.setReferenceSpaceType("local-floor");
    this.kept = { background: scene.background, position: this.stage.world.position.clone() };
    if (mode === "immersive-ar") scene.background = null;
    session.addEventListener("end", () => this._ended());
    await renderer.xr.setSession(session);
    this._words();
    return session;
  }

  async leave() {
    await this.session?.end();
  }

  _ended() {
    const { renderer, scene, world, camera } = this.stage;
    renderer.xr.enabled = false;
    scene.background = this.kept.background;
    world.position.set(0, 0, 0);
    world.quaternion.identity();
    world.scale.setScalar(1);
    scene.environmentRotation.set(Math.PI / 2, 0, 0);
    this.board?.removeFromParent();
    camera.scale.setScalar(1);
    this.session = null;
    this.stage.look(this.stage.view);
    this.on.ended();
  }

  /** Bring the scene before the person as he sits and looks now. */
  recentre() {
    this.seated = false;
  }

  zoom(by) {
    const before = this.scale;
    this.scale = Math.min(Math.max(this.scale * by, SCALES[0]), SCALES[1]);
    const { world } = this.stage;
    // About the work, which stays where it is.
    const work = this._work().multiplyScalar(before).applyQuaternion(world.quaternion).add(world.position);
    world.scale.setScalar(this.scale);
    world.position.copy(work.sub(this._work().multiplyScalar(this.scale).applyQuaternion(world.quaternion)));
  }

  _work() {
    const view = this.stage.description.cameras[0];
    return new THREE.Vector3(...(view.arm ? [0, 0, 0] : view.at));
  }

  _seat(head) {
    const view = this.stage.description.cameras[0];
    const { world, scene } = this.stage;
    const forward = new THREE.Vector3(0, 0, -1).applyQuaternion(head.quaternion).setY(0);
    if (forward.lengthSq() < 1e-4) forward.set(0, 0, -1);
    forward.normalize();
    // The camera's line of sight, on the floor of the session, is to lie along the person's.
    const sight = view.arm ? new THREE.Vector3(0, 1, 0) : new THREE.Vector3(...view.at).sub(new THREE.Vector3(...view.eye));
    const yaw = Math.atan2(sight.y, sight.x);
    const faces = Math.atan2(-forward.z, forward.x);
    const upright = new THREE.Quaternion().setFromAxisAngle(new THREE.Vector3(1, 0, 0), -Math.PI / 2);
    this.turn.setFromAxisAngle(new THREE.Vector3(0, 1, 0), faces - yaw).multiply(upright);
    world.quaternion.copy(this.turn);
    world.scale.setScalar(this.scale);
    const at = head.position.clone().addScaledVector(forward, REACH_M.ahead);
    at.y -= REACH_M.below;
    world.position.copy(at.clone().sub(this._work().multiplyScalar(this.scale).applyQuaternion(this.turn)));
    scene.environmentRotation.set(0, 0, 0);
    if (this.board) {
      this.board.position.copy(at).add(new THREE.Vector3(0, 0.28, 0)).addScaledVector(forward, 0.15);
      this.board.lookAt(head.position);
    }
    this.seated = true;
  }

  /**
   * What the controllers do in a frame.
   * @returns Hands as the server takes them, at most one for each arm.
   */
  hands(frame, head) {
    this.frames += 1;
    const space = this.stage.renderer.xr.getReferenceSpace();
    const viewer = space && frame.getViewerPose(space);
    if (!viewer) return [];
    const { position, orientation } = viewer.transform;
    const eye = {
      position: new THREE.Vector3(position.x, position.y, position.z),
      quaternion: new THREE.Quaternion(orientation.x, orientation.y, orientation.z, orientation.w),
    };
    if (!this.seated) this._seat(eye);
    if (frame.session.visibilityState !== "visible") return [];
    const sources = [...frame.session.inputSources].filter((source) => source.gripSpace || source.hand);
    this._world(frame, space, sources);
    const held = [];
    const arms = this.stage.description.arms.length;
    for (const source of sources) {
      const pose = frame.getPose(source.gripSpace ?? source.targetRaySpace, space);
      if (!pose || pose.emulatedPosition) continue;
      const arm = arms > 1 ? (source.handedness === "left" ? 1 : 0) : 0;
      const { drives, grip } = this._fingers(frame, space, source);
      held.push({ arm, source, drives: drives && !this.carrying, grip, pose: this._inSession(pose.transform) });
    }
    this._feel(held, head);
    return this._oneForEach(held, arms);
  }

  _fingers(frame, space, source) {
    if (source.hand) {
      const joint = (name) => frame.getJointPose?.(source.hand.get(name), space)?.transform.position;
      const [thumb, index, middle] = ["thumb-tip", "index-finger-tip", "middle-finger-tip"].map(joint);
      const apart = (a, b) => (a && b ? Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) : 1);
      return { drives: apart(thumb, index) < 0.02, grip: Math.min(Math.max(1 - (apart(thumb, middle) - 0.015) / 0.05, 0), 1) };
    }
    const buttons = source.gamepad?.buttons ?? [];
    return { drives: (buttons[0]?.value ?? 0) > 0.5, grip: Math.min(Math.max(buttons[1]?.value ?? 0, 0), 1) };
  }

  /** In the session's axes, at real size. */
  _inSession({ position, orientation }) {
    const back = this.turn.clone().invert();
    const p = new THREE.Vector3(position.x, position.y, position.z).applyQuaternion(back);
    const q = new THREE.Quaternion(orientation.x, orientation.y, orientation.z, orientation.w).premultiply(back).normalize();
    return [p.x, p.y, p.z, q.w, q.x, q.y, q.z];
  }

  /** Of two hands on one arm the one that drives, else the one that drove last. */
  _oneForEach(held, arms) {
    const told = [];
    this.last ??= {};
    for (let arm = 0; arm < Math.max(arms, 1); arm += 1) {
      const mine = held.filter((each) => each.arm === arm);
      const pick = mine.find((each) => each.drives && each.source.handedness === this.last[arm]) ?? mine.find((each) => each.drives) ?? mine.find((each) => each.source.handedness === this.last[arm]) ?? mine[0];
      if (!pick) continue;
      this.last[arm] = pick.source.handedness;
      told.push({ at_ms: performance.timeOrigin + performance.now(), pose: pick.pose, grip: pick.grip, clutch: !pick.drives, arm });
    }
    return told;
  }

  _feel(held, head) {
    for (const { arm, source, drives } of held) {
      const force = head.arms[arm]?.force_n ?? 0;
      const actuator = source.gamepad?.hapticActuators?.[0];
      if (drives && force > FEEL_N) actuator?.pulse?.(Math.min(force / (this.stage.description.force_limit_n || 2), 1), PULSE_MS);
    }
  }

  /** The thumbstick makes larger and smaller; the first face button of both controllers held takes the world in hand. */
  _world(frame, space, sources) {
    const held = sources.filter((source) => source.gamepad?.buttons[4]?.pressed);
    for (const source of sources) {
      const y = source.gamepad?.axes[3] ?? 0;
      if (Math.abs(y) > 0.5) this.zoom(1 - 0.02 * y);
      const stick = !!source.gamepad?.buttons[3]?.pressed;
      if (stick && !this.pressed) this.recentre();
      this.pressed = stick;
    }
    const points = held.map((source) => frame.getPose(source.gripSpace, space)?.transform.position).filter(Boolean).map((p) => new THREE.Vector3(p.x, p.y, p.z));
    const now = points.length === 2 ? { middle: points[0].clone().add(points[1]).multiplyScalar(0.5), apart: points[0].distanceTo(points[1]) } : null;
    if (now && this.carrying) {
      const { world } = this.stage;
      const by = Math.min(Math.max((this.scale * now.apart) / Math.max(this.carrying.apart, 1e-3), SCALES[0]), SCALES[1]) / this.scale;
      world.position.sub(this.carrying.middle).multiplyScalar(by).add(now.middle);
      this.scale *= by;
      world.scale.setScalar(this.scale);
    }
    this.carrying = now;
  }

  _words() {
    const canvas = document.createElement("canvas");
    canvas.width = 1024;
    canvas.height = 192;
    this.ink = canvas.getContext("2d");
    const texture = (this.texture = new THREE.CanvasTexture(canvas));
    texture.colorSpace = THREE.SRGBColorSpace;
    const look = new THREE.MeshBasicMaterial({ map: texture, transparent: true, toneMapped: false });
    this.board = new THREE.Mesh(new THREE.PlaneGeometry(0.5, 0.094), look);
    this.stage.scene.add(this.board);
    this.written = 0;
  }

  /** The display, as a board above the work. */
  write(head, extra) {
    const now = performance.now();
    if (!this.board || now - this.written < WORDS_MS) return;
    this.written = now;
    const { ink } = this;
    const s = head.status;
    ink.clearRect(0, 0, 1024, 192);
    ink.fillStyle = "rgba(10,16,22,0.82)";
    ink.beginPath();
    ink.roundRect(0, 0, 1024, 192, 28);
    ink.fill();
    ink.fillStyle = "#e8eef4";
    ink.font = "600 52px system-ui, sans-serif";
    ink.fillText(s.title, 36, 74);
    ink.font = "44px system-ui, sans-serif";
    ink.fillStyle = { go: "#54d58c", pause: "#ffb44c", stop: "#ff5a4f" }[s.tone] ?? "#9fb2c3";
    ink.fillText(extra.banner || s.state, 36, 148);
    ink.fillStyle = extra.age > 150 ? "#ff5a4f" : "#9fb2c3";
    ink.textAlign = "right";
    ink.fillText(extra.age > 150 ? "STALE" : `${Math.round(extra.age)} ms`, 988, 148);
    if (s.distance_m) ink.fillText(`${(1e3 * s.distance_m).toFixed(1)} mm`, 988, 74);
    ink.textAlign = "left";
    this.texture.needsUpdate = true;
  }
}
