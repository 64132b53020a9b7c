/**
 * The least that carries Buffers over a socket: a length and a byte in front, each Buffer put together in memory of its
 * own.
 *
 * @param {import("node:net").Socket} socket
 * @param {(kind: number, bytes: Buffer) => void} onFrame
 * @returns {(kind: number, bytes: Buffer) => void} sends a frame
 */
export function assembledFrames(socket, onFrame) {
  const head = Buffer.alloc(5);
  let headHeld = 0;
  /** @type {Buffer | undefined} */
  let body;
  let held = 0;
  socket.on("data", (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (body === undefined) {
        const taken = chunk.copy(head, headHeld, at, at + head.length - headHeld);
        at += taken;
        headHeld += taken;
        if (headHeld < head.length) return;
        body = Buffer.allocUnsafeSlow(head.readUInt32BE());
        held = 0;
      }
      const taken = chunk.copy(body, held, at);
      at += taken;
      held += taken;
      if (held < body.length) return;
      const whole = body;
      body = undefined;
      headHeld = 0;
      onFrame(Number(head[4]), whole);
    }
  });
  return (kind, bytes) => {
    const front = Buffer.allocUnsafe(5);
    front.writeUInt32BE(bytes.length);
    front[4] = kind;
    socket.cork();
    socket.write(front);
    socket.write(bytes);
    socket.uncork();
  };
}
