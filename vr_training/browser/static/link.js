// The WebSocket to the server: what is shown is answered, what happens is sent, what breaks is taken up again.

import { posesOf, unpack } from "./protocol.js";

const AGAIN_MS = [250, 500, 1000, 2000, 4000];

export class Link {
  /**
   * @param url Of the WebSocket.
   * @param on Called back: scene(description), state(packet), trouble(text), lost(), back().
   */
  constructor(url, on) {
    Object.assign(this, { url, on, tries: 0, over: false, newest: null });
    this.scene = null;
    this._open();
  }

  _open() {
    const socket = (this.socket = new WebSocket(this.url));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.tries = 0;
      this.on.back?.();
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") return this._word(JSON.parse(data));
      if (!this.scene) return;
      const packet = posesOf(unpack(data), this.scene.moving.length);
      packet.arrived = performance.timeOrigin + performance.now();
      this._carryOver(packet);
      this.newest = packet;
      this._unanswered = (this._unanswered || 0) + 1;
      if (!packet.head.running) this.over = true;
      this.on.state?.(packet);
    };
    socket.onclose = () => {
      if (this.closed) return;
      this.on.lost?.(this.over);
      if (this.over) return;
      setTimeout(() => !this.closed && this._open(), AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)]);
    };
  }

  _word(word) {
    if (word.scene) {
      this._unanswered = 0;
      this.scene = word.scene;
      this.on.scene?.(word.scene);
    } else if (word.error) this.on.trouble?.(word.error);
  }

  /** A state that is overtaken before it was drawn leaves its shapes to the next: they are sent once. */
  _carryOver(packet) {
    if (!this.newest || this.newest.drawn) return;
    const told = new Map(packet.head.shapes.map((shape) => [shape.body, shape]));
    for (const old of this.newest.head.shapes) {
      const shape = told.get(old.body);
      if (!shape) packet.head.shapes.push(old);
      else if (old.coloured && !shape.coloured) Object.assign(shape, { coloured: true, colour: old.colour, faces: old.faces, index: old.index });
    }
  }

  /** Say that everything that has come so far has been shown, with whatever else there is to say. */
  shown(words = {}) {
    const count = this._unanswered || 0;
    if (!count && !Object.keys(words).length) return;
    this._unanswered = 0;
    this.say({ shown: count, ...words });
  }

  say(words) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(words));
  }

  close() {
    this.closed = true;
    this.socket.close();
  }
}
