import { parentPort } from "node:worker_threads";
import { expose, transfer } from "comlink";

const methods = {
  take: (/** @type {Uint8Array} */ bytes) => bytes.length,
  echo: (/** @type {Uint8Array} */ bytes) => bytes,
  handBack: (/** @type {Uint8Array} */ bytes) => transfer(bytes, [bytes.buffer]),
};
expose(methods, /** @type {any} */ (parentPort));
