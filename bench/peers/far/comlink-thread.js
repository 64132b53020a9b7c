import { parentPort } from "node:worker_threads";
import { expose } from "comlink";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
expose({ echo: (/** @type {unknown} */ value) => value }, /** @type {any} */ (port));
