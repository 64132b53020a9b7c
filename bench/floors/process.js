import { createServer } from "node:net";

// The least a process can do: listen, print the port, echo.
const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.pipe(socket);
});
server.listen({ port: 0, host: "127.0.0.1" }, () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`${port}\n`);
});
