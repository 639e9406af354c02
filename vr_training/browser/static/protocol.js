// A state as `vr_training/browser/packet.py` packs it.

const decoder = new TextDecoder();

/** Read one binary message; its arrays are views into it. */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(decoder.decode(new Uint8Array(buffer, 4, length)));
  return { head, buffer, at: 4 + length };
}

/** The poses of the moving bodies, seven numbers each, and where what follows them begins. */
export function posesOf(packet, count) {
  packet.poses = new Float32Array(packet.buffer, packet.at, 7 * count);
  let at = packet.at + 28 * count;
  for (const shape of packet.head.shapes) {
    const n = 3 * shape.vertices;
    shape.position = new Float32Array(packet.buffer, at, n);
    shape.normal = new Float32Array(packet.buffer, at + 4 * n, n);
    at += 8 * n;
    if (shape.coloured) {
      shape.colour = new Uint8Array(packet.buffer, at, 4 * shape.vertices);
      at += 4 * shape.vertices;
    }
    if (shape.faces) {
      shape.index = new Uint32Array(packet.buffer, at, 3 * shape.faces);
      at += 12 * shape.faces;
    }
  }
  return packet;
}
