import { parentPort } from "node:worker_threads";
import { createBirpc } from "birpc";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
createBirpc(
  { echo: (/** @type {unknown} */ value) => value },
  { post: (message) => port.postMessage(message), on: (listener) => port.on("message", listener) },
);
