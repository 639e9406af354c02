// The training view of one session in a page: picture, display, hand, headset.

import { Hand } from "./hand.js";
import { Hud } from "./hud.js";
import { Link } from "./link.js";
import { Stage } from "./stage.js";
import { modes, Xr } from "./xr.js";

const STALE_MS = 150;
const CLOCKS_AGREE_MS = 2000;
const EYE_MS = 100;
const RATIOS = [1, 0.85, 0.7, 0.55];
const SLOW_FPS = 56;
const AS_GOOD = 0.85;

export class TrainingView {
  /**
   * @param root Element to fill.
   * @param where {socket, glb}: addresses of the stream and of the meshes.
   * @param options {drive}: whether the page may drive.
   */
  constructor(root, where, options = {}) {
    Object.assign(this, { root, where, options, packet: null, banner: "", frames: 0, ages: [] });
    this._build();
    this.stage = new Stage(this.canvas);
    this.hud = new Hud(this.overlay);
    this.xr = new Xr(this.stage, { ended: () => this._fit() });
    this.hand = new Hand(this.canvas, { action: (name) => this.act(name), release: () => this.link?.say({ release: true }) });
    this.sizes = new ResizeObserver(() => this._fit());
    this.sizes.observe(root);
    this.link = new Link(where.socket, {
      scene: (description) => this._take(description),
      state: () => {},
      trouble: (text) => this._say(text),
      lost: (over) => this._say(over ? "The session has ended" : "Connection lost. Trying again"),
      back: () => this._say(""),
    });
    this._offer();
    this.stage.renderer.setAnimationLoop((now, frame) => this._frame(now, frame));
  }

  _build() {
    this.root.classList.add("view");
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.className = "view-canvas";
    this.canvas.setAttribute("aria-label", "Picture of the running session. C changes the camera, Escape stops the arm.");
    this.canvas.setAttribute("role", "application");
    this.overlay = document.createElement("div");
    this.overlay.className = "view-hud";
    this.tools = document.createElement("div");
    this.tools.className = "view-tools";
    this.tools.setAttribute("role", "toolbar");
    this.tools.setAttribute("aria-label", "View");
    this.root.append(this.canvas, this.overlay, this.tools);
    this.buttons = {};
    const add = (name, label, hidden = false) => {
      const button = (this.buttons[name] = document.createElement("button"));
      button.type = "button";
      button.textContent = label;
      button.dataset.action = name;
      button.hidden = hidden;
      button.addEventListener("click", () => this.act(name));
      this.tools.append(button);
    };
    add("drive", "Drive", true);
    add("camera", "Camera");
    add("vr", "Enter VR", true);
    add("ar", "Enter AR", true);
    add("full", "Full screen", !document.fullscreenEnabled);
    add("stop", "STOP");
  }

  async _offer() {
    const found = await modes();
    this.buttons.vr.hidden = !found.vr;
    this.buttons.ar.hidden = !found.ar;
  }

  async _take(description) {
    this.ready = false;
    try {
      await this.stage.load(description, this.where.glb);
    } catch (error) {
      this._say(`The scene cannot be shown: ${error.message}`);
      return;
    }
    this.description = description;
    this.buttons.drive.hidden = !(description.inputs && this.options.drive !== false);
    this._fit();
    this._say("");
    this.ready = true;
  }

  act(name) {
    if (name === "stop") {
      this.hand.letGo();
      this.link.say({ stop: "soft", release: true });
    } else if (name === "camera" && this.ready) {
      this.buttons.camera.textContent = `Camera: ${this.stage.look(this.stage.view + 1)}`;
    } else if (name === "drive") this._drive(!this.hand.active);
    else if (name === "full") document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen();
    else if (name === "vr" || name === "ar") this.enter(`immersive-${name}`);
    else if (name === "help") this.options.help?.();
  }

  async enter(mode) {
    try {
      await this.xr.enter(mode);
    } catch (error) {
      this._say(`The headset does not start: ${error.message}`);
    }
  }

  _drive(on) {
    this.hand.active = on;
    this.buttons.drive.setAttribute("aria-pressed", String(on));
    this.buttons.drive.textContent = on ? "Driving" : "Drive";
    this.link.say(on ? { drive: true, eye: this.stage.eye() } : { drive: false, release: true });
    if (on) this.canvas.focus({ preventScroll: true });
    if (!on) this.hand.letGo();
  }

  _say(text) {
    this.banner = text;
  }

  _fit() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width && height) this.stage.fit(width, height, Math.min(devicePixelRatio, 2) * RATIOS[this.level ?? 0]);
  }

  /** Where the machine cannot keep up, try with fewer and fewer pixels, and stay with the most that cost no pictures. */
  _pace(now) {
    this.counted = (this.counted ?? 0) + 1;
    this.since ??= now;
    if (now - this.since < 2000) return;
    this.fps = (1000 * this.counted) / (now - this.since);
    this.since = now;
    this.counted = 0;
    if (document.hidden || this.settled || this.xr.presenting) return;
    const level = this.level ?? 0;
    if (this.fps >= SLOW_FPS && !this.tried) return;
    this.tried ??= [];
    this.tried[level] = this.fps;
    if (this.fps < SLOW_FPS && level < RATIOS.length - 1) this._level(level + 1);
    else {
      this.settled = true; // a slow screen, say, shows no more of them however small they are
      this._level(this.tried.findIndex((fps) => fps >= AS_GOOD * Math.max(...this.tried)));
    }
  }

  _level(level) {
    this.level = level;
    this._fit();
  }

  _age(packet) {
    const now = performance.timeOrigin + performance.now();
    if (!packet.head.running) return null;
    const sent = Math.abs(packet.arrived - packet.head.sent_ms) < CLOCKS_AGREE_MS ? packet.head.sent_ms : packet.arrived;
    return Math.max(now - sent, 0);
  }

  _frame(now, frame) {
    const packet = this.link.newest;
    if (!this.ready || !packet) return;
    const fresh = packet !== this.packet;
    if (fresh) this.stage.pose(packet);
    this.packet = packet;
    const age = this._age(packet);
    const words = {};
    if (this.xr.presenting && frame) {
      const held = this.xr.hands(frame, packet.head);
      if (held.length) words.held = held;
      this.xr.write(packet.head, { age, banner: this.banner });
    } else if (this.hand.active) {
      const events = this.hand.take();
      if (events.length) words.events = events;
      if (now - (this.seen ?? 0) > EYE_MS) {
        this.seen = now;
        words.eye = this.stage.eye();
      }
    }
    this.stage.draw();
    this.frames += 1;
    this.age = age;
    if (age !== null && fresh) this.ages.push(age);
    if (this.ages.length > 2000) this.ages.shift();
    this.link.shown(words);
    this._pace(now);
    const banner = this.banner || (age > 1000 ? "Connection lost" : "");
    if (now - (this.told ?? 0) > 50) {
      this.told = now;
      this.hud.show(packet.head, { age, banner, control: this._control(packet.head) });
    }
  }

  _control(head) {
    if (!this.description.inputs || !head.running) return "";
    if (head.lease && head.mine.includes(head.lease)) return "You drive";
    if (head.lease) return "Watching";
    return this.hand.active ? "Hold to drive" : "Watching";
  }

  dispose() {
    this.stage.renderer.setAnimationLoop(null);
    this.sizes.disconnect();
    this.hand.dispose();
    this.link.close();
    this.stage.dispose();
  }
}
