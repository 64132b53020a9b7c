import { createServer } from "node:net";

/**
 * Takes one connection on a port that is printed.
 *
 * @param {(socket: import("node:net").Socket) => void} onSocket
 */
export function listen(onSocket) {
  const server = createServer((socket) => {
    server.close();
    socket.setNoDelay(true);
    onSocket(socket);
  });
  server.listen({ port: 0, host: "127.0.0.1" }, () => {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    process.stdout.write(`${port}\n`);
  });
}
