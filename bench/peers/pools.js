import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import Tinypool from "tinypool";
import workerpool from "workerpool";

/** @import { Peer } from "./peer.js" */

const task = new URL("./far/task.js", import.meta.url).href;
const workerpoolFile = fileURLToPath(new URL("./far/workerpool.js", import.meta.url));

// One worker each, as there is one plugin, which may have all calls at once where the pool can.
const one = { filename: task, minThreads: 1, maxThreads: 1, concurrentTasksPerWorker: 256 };

/** @type {Peer} */
export const piscina = {
  name: "piscina run()",
  start: async () => {
    const pool = new Piscina(one);
    return { call: (value) => pool.run(value), stop: () => pool.destroy() };
  },
};

/** @type {Peer} */
export const tinypool = {
  name: "tinypool run()",
  start: async () => {
    const pool = new Tinypool(one);
    return { call: (value) => pool.run(value), stop: () => pool.destroy() };
  },
};

/**
 * @param {"thread" | "process"} workerType
 * @returns {Peer}
 */
export function workerpoolOf(workerType) {
  return {
    name: `workerpool, ${workerType}`,
    start: async () => {
      const pool = workerpool.pool(workerpoolFile, { workerType, minWorkers: 1, maxWorkers: 1 });
      return {
        call: (value) => /** @type {any} */ (pool.exec("echo", [value])),
        stop: () => pool.terminate(true),
      };
    },
  };
}
