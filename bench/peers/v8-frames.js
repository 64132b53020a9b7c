import { deserialize, serialize } from "node:v8";

/**
 * Messages on a socket as most people would write it: a length, V8's format, one write for each message.
 *
 * @param {import("node:net").Socket} socket
 * @param {(message: any) => void} onMessage
 * @returns {(message: unknown) => void} posts a message
 */
export function v8Frames(socket, onMessage) {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      const message = deserialize(held.subarray(4, end));
      held = held.subarray(end);
      onMessage(message);
    }
  });
  return (message) => {
    const body = serialize(message);
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(body.length);
    socket.write(Buffer.concat([head, body]));
  };
}
