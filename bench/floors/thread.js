import { parentPort } from "node:worker_threads";

// The least a thread can do: echo.
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
port.on("message", (message) => port.postMessage(message));
