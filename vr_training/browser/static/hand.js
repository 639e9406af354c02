// Mouse, keys and touch as events of the view's window: the server makes a hand of them, as it does of a window's.

// GLFW's codes, which `vr_training/view/events.py` uses; letters are their capital's.
const CODES = { Escape: 256, Tab: 258, ArrowRight: 262, ArrowLeft: 263, ArrowDown: 264, ArrowUp: 265, Home: 268, End: 269, ShiftLeft: 340, ShiftRight: 344, Space: 32 };
const NOTCH_PX = 100;

export function codeOf(event) {
  if (event.code in CODES) return CODES[event.code];
  return /^Key[A-Z]$/.test(event.code) ? event.code.charCodeAt(3) : 0;
}

export class Hand {
  /**
   * @param canvas What is dragged on.
   * @param on Called back: action(name) for keys that ask something of the page.
   */
  constructor(canvas, on) {
    this.canvas = canvas;
    this.on = on;
    this.events = [];
    this.active = false;
    this.fingers = new Map();
    this.ended = new AbortController();
    const { signal } = this.ended;
    const hear = (target, name, take, options = {}) => target.addEventListener(name, take, { signal, ...options });
    hear(canvas, "pointerdown", (e) => this._down(e));
    hear(canvas, "pointermove", (e) => this._move(e));
    hear(canvas, "pointerup", (e) => this._up(e));
    hear(canvas, "pointercancel", (e) => this._up(e));
    hear(canvas, "contextmenu", (e) => e.preventDefault());
    hear(canvas, "wheel", (e) => this._wheel(e), { passive: false });
    hear(canvas, "keydown", (e) => this._key(e, true));
    hear(canvas, "keyup", (e) => this._key(e, false));
    hear(canvas, "blur", () => this.letGo());
    hear(document, "visibilitychange", () => document.hidden && this.letGo());
  }

  /** Events since the last call. */
  take() {
    const events = this.events;
    this.events = [];
    return events;
  }

  letGo() {
    for (const code of this.pressed ?? []) this.events.push({ kind: "key", code, pressed: false });
    this.pressed = new Set();
    for (const button of [0, 2]) this.events.push({ kind: "button", code: button === 2 ? 1 : 0, pressed: false });
    this.fingers.clear();
    this.on.release?.();
  }

  _down(e) {
    this.canvas.focus({ preventScroll: true });
    if (!this.active) return;
    this.fingers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
    this.canvas.setPointerCapture(e.pointerId);
    if (this.fingers.size === 2 && e.pointerType === "touch") {
      // Two fingers: what they are apart is depth; the arm follows their middle no more.
      this.spread = this._apart();
      return;
    }
    this.events.push({ kind: "move", x: e.offsetX, y: e.offsetY }, { kind: "button", code: e.button === 2 ? 1 : 0, pressed: true });
    this.held = e.button === 2 ? 1 : 0;
  }

  _move(e) {
    if (!this.active) return;
    if (this.fingers.has(e.pointerId)) this.fingers.set(e.pointerId, { x: e.offsetX, y: e.offsetY });
    if (this.fingers.size === 2) {
      const apart = this._apart();
      if (Math.abs(apart - this.spread) > 20) {
        this.events.push({ kind: "wheel", y: Math.sign(apart - this.spread) });
        this.spread = apart;
      }
      return;
    }
    this.events.push({ kind: "move", x: e.offsetX, y: e.offsetY });
  }

  _up(e) {
    this.fingers.delete(e.pointerId);
    if (!this.active || this.fingers.size) return;
    this.events.push({ kind: "button", code: this.held ?? 0, pressed: false });
  }

  _apart() {
    const [a, b] = [...this.fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  }

  _wheel(e) {
    if (!this.active) return;
    e.preventDefault();
    this.turned = (this.turned ?? 0) - e.deltaY / NOTCH_PX;
    const notches = Math.trunc(this.turned);
    this.turned -= notches;
    if (notches) this.events.push({ kind: "wheel", y: notches });
  }

  _key(e, pressed) {
    const code = codeOf(e);
    if (!code || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.code === "Escape") return pressed && this.on.action("stop");
    if (pressed && !e.repeat && e.code === "KeyC") return this.on.action("camera");
    if (pressed && !e.repeat && e.code === "KeyH") return this.on.action("help");
    if (!this.active || e.code === "Tab") return; // Tab goes on to the next control, as on any page
    e.preventDefault();
    if (e.repeat) return;
    this.pressed ??= new Set();
    if (pressed) this.pressed.add(code);
    else this.pressed.delete(code);
    this.events.push({ kind: "key", code: e.code === "KeyN" ? CODES.Tab : code, pressed });
  }

  dispose() {
    this.ended.abort();
  }
}
