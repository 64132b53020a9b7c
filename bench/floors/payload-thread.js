import { parentPort } from "node:worker_threads";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
port.on("message", ([what, bytes]) => {
  if (what === "take") port.postMessage(bytes.length);
  else port.postMessage(bytes, what === "handBack" ? [bytes.buffer] : []);
});
