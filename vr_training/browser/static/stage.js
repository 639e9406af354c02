// The scene of a session, drawn by three.js: meshes once, poses with every state.

import { GLTFLoader, OrbitControls, THREE } from "nicegui-scene";
import { Marks } from "./marks.js";

const BACKGROUND = 0x0e1318;
const BY_SOFTWARE = /llvmpipe|softpipe|swiftshader|software/i;

/** Whether a page's pictures are computed by the processor alone: then surfaces are drawn plainly. */
function bySoftware() {
  const gl = document.createElement("canvas").getContext("webgl2");
  const known = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl ? String(gl.getParameter(known ? known.UNMASKED_RENDERER_WEBGL : gl.RENDERER)) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return BY_SOFTWARE.test(name);
}

export class Stage {
  /** @param canvas Where to draw. */
  constructor(canvas) {
    this.canvas = canvas;
    this.plain = bySoftware();
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: !this.plain, powerPreference: "high-performance" });
    this.renderer.outputColorSpace = THREE.SRGBColorSpace;
    this.renderer.toneMapping = THREE.ACESFilmicToneMapping;
    this.renderer.toneMappingExposure = 0.95;
    this.scene = new THREE.Scene();
    this.scene.background = new THREE.Color(BACKGROUND);
    // Everything of the session lies below `world`, in the session's axes: z up. A headset's seat moves it.
    this.world = new THREE.Group();
    this.scene.add(this.world);
    this.camera = new THREE.PerspectiveCamera(50, 1, 0.005, 20);
    this.camera.up.set(0, 0, 1);
    this.scene.add(this.camera);
    this._light();
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enabled = false;
    this.view = 0;
    this.bodies = [];
  }

  _light() {
    if (this.plain) return this._lightPlainly();
    // A soft room to mirror, and the two lights of an endoscope, which go with the camera.
    const room = new THREE.Scene();
    const panel = (colour, strength, x, y, z, w, h) => {
      const lit = new THREE.MeshBasicMaterial({ color: new THREE.Color(colour).multiplyScalar(strength), side: THREE.DoubleSide });
      const mesh = new THREE.Mesh(new THREE.PlaneGeometry(w, h), lit);
      mesh.position.set(x, y, z);
      mesh.lookAt(0, 0, 0);
      room.add(mesh);
    };
    room.background = new THREE.Color(0x20262c);
    panel(0xffffff, 7, 0, 4, 1, 3, 3);
    panel(0xdfe9ff, 3, -4, 1.5, 2, 2, 3);
    panel(0xfff0dc, 2.5, 4, 1, 1, 2, 3);
    panel(0x39424a, 1, 0, -4, 0, 8, 8);
    const maker = new THREE.PMREMGenerator(this.renderer);
    this.scene.environment = maker.fromScene(room, 0.03).texture;
    this.scene.environmentIntensity = 0.55;
    this.scene.environmentRotation.set(Math.PI / 2, 0, 0); // the room is y up
    maker.dispose();
    this.lamp = new THREE.SpotLight(0xfff6ea, 1.6, 0, 0.9, 0.6, 0);
    this.lamp.position.set(0.01, 0.02, 0);
    this.lamp.target.position.set(0, 0, -1);
    this.camera.add(this.lamp, this.lamp.target);
  }

  _lightPlainly() {
    this.renderer.toneMapping = THREE.NoToneMapping;
    const sky = new THREE.HemisphereLight(0xf2f6ff, 0x6a5a52, 1.5);
    sky.position.set(0, 0, 1);
    const lamp = new THREE.DirectionalLight(0xfff6ea, 1.9);
    lamp.position.set(0.2, 0.4, 1);
    this.camera.add(lamp, lamp.target);
    this.scene.add(sky);
  }

  /** A surface without mirrors: a fifth of the time. Metal keeps some of its colour that it would mirror. */
  _plainly(of) {
    const made = new THREE.MeshLambertMaterial({
      color: of.color, vertexColors: of.vertexColors, transparent: of.transparent, opacity: of.opacity,
    });
    if (of.metalness > 0.5) made.color.lerp(new THREE.Color(0xc8ccd2), 0.35);
    of.dispose();
    return made;
  }

  /** Take a session's scene: what the socket says of it, and its meshes. */
  async load(description, url) {
    this.clear();
    this.description = description;
    const { scene } = await new GLTFLoader().loadAsync(url);
    const root = scene.getObjectByName("world") ?? scene.children[0];
    this.bodies = [...root.children];
    for (const body of this.bodies) {
      if (this.plain && body.material) body.material = this._plainly(body.material);
      body.matrixAutoUpdate = body.userData.moving;
      body.updateMatrix();
    }
    this.moving = description.moving.map((row) => this.bodies[row]);
    this.things = new THREE.Group();
    this.things.add(...this.bodies);
    this.world.add(this.things);
    this.marks = new Marks(this.world, description);
    this.look(0);
  }

  clear() {
    if (this.things) this.world.remove(this.things);
    this.things?.traverse((each) => {
      each.geometry?.dispose();
      each.material?.dispose?.();
    });
    this.marks?.clear();
    this.things = this.marks = null;
  }

  /** Put everything where a state has it. */
  pose(packet) {
    const p = packet.poses;
    this.moving.forEach((body, i) => {
      const k = 7 * i;
      body.position.set(p[k], p[k + 1], p[k + 2]);
      body.quaternion.set(p[k + 4], p[k + 5], p[k + 6], p[k + 3]);
    });
    for (const shape of packet.head.shapes) this._bend(shape);
    this.marks.show(packet.head);
    this._carry(packet.head);
    packet.drawn = true;
  }

  _bend(shape) {
    const { geometry } = this.bodies[shape.body];
    const put = (name, values, size, normalized) => {
      const old = geometry.getAttribute(name);
      if (old && old.array.length === values.length && old.array.constructor === values.constructor) {
        old.array.set(values);
        old.needsUpdate = true;
      } else geometry.setAttribute(name, new THREE.BufferAttribute(values.slice(), size, normalized));
    };
    put("position", shape.position, 3, false);
    put("normal", shape.normal, 3, false);
    if (shape.coloured) put("color", shape.colour, 4, true);
    if (shape.index) geometry.setIndex(new THREE.BufferAttribute(shape.index.slice(), 1));
    geometry.boundingSphere = null;
  }

  /** Look through one of the scene's cameras; one beyond the last is free. */
  look(index) {
    const cameras = this.description.cameras;
    this.view = index % (cameras.length + 1);
    const free = this.view === cameras.length;
    this.controls.enabled = free;
    if (free) {
      this._framed(cameras[0]);
      this.controls.target.set(...(cameras[0].arm ? [0, 0, 0] : cameras[0].at));
      this.controls.update();
    } else if (!cameras[this.view].arm) this._framed(cameras[this.view]);
    return free ? "free" : cameras[this.view].name;
  }

  get free() {
    return this.view === this.description.cameras.length;
  }

  _carry(head) {
    const view = this.description.cameras[this.view];
    const arm = view?.arm && head.arms.find((each) => each.name === view.arm);
    if (!arm || arm.tip.some((x) => x === null)) return;
    const [x, y, z, qw, qx, qy, qz] = arm.tip;
    const turn = new THREE.Quaternion(qx, qy, qz, qw);
    const at = (v, shift) => new THREE.Vector3(...v).applyQuaternion(turn).add(shift);
    const tip = new THREE.Vector3(x, y, z);
    this._framed({ ...view, eye: at(view.eye, tip).toArray(), at: at(view.at, tip).toArray(), up: at(view.up, new THREE.Vector3()).toArray() });
  }

  /** Stand where a camera of the scene does. */
  _framed(view) {
    const eye = new THREE.Vector3(...view.eye);
    const pose = new THREE.Matrix4().lookAt(eye, new THREE.Vector3(...view.at), new THREE.Vector3(...view.up));
    this.camera.position.copy(eye);
    this.camera.quaternion.setFromRotationMatrix(pose);
    this.camera.fov = THREE.MathUtils.radToDeg(view.fov_y);
    this.camera.updateProjectionMatrix();
  }

  /** From where it is looked, as the server takes it. */
  eye() {
    this.camera.updateMatrix();
    return {
      matrix: this.camera.matrix.toArray(),
      fov_y: THREE.MathUtils.degToRad(this.camera.fov),
      width: this.canvas.clientWidth || 1,
      height: this.canvas.clientHeight || 1,
      free: this.free,
    };
  }

  fit(width, height, ratio) {
    if (this.renderer.xr.isPresenting) return;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  draw() {
    if (this.controls.enabled && !this.renderer.xr.isPresenting) this.controls.update();
    this.renderer.render(this.scene, this.camera);
  }

  dispose() {
    this.clear();
    this.controls.dispose();
    this.renderer.dispose();
  }
}
