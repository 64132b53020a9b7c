import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { PluginPool } from "portcall";
import Tinypool from "tinypool";

/** @import { HandshakeTransport } from "portcall" */

/** @typedef {typeof import("./far/work.js")} Work */

/**
 * One way to spread calls over workers that have the same methods.
 *
 * @typedef {object} WorkerPool
 * @property {string} name
 * @property {(workers: number, callsPerWorker: number) => Promise<StartedPool>} start
 */

/**
 * @typedef {object} StartedPool
 * @property {(method: "echo" | "compute" | "wait", value: string) => Promise<unknown>} call
 * @property {() => unknown} stop
 */

const plugin = new URL("../plugins/work.js", import.meta.url);
const task = fileURLToPath(new URL("./far/work.js", import.meta.url));

/** @type {WorkerPool} */
export const piscina = {
  name: "piscina run()",
  start: async (workers, concurrentTasksPerWorker) => {
    const pool = new Piscina({ ...fixed(workers), filename: task, concurrentTasksPerWorker });
    return { call: (name, value) => pool.run(value, { name }), stop: () => pool.destroy() };
  },
};

/** @type {WorkerPool} */
export const tinypool = {
  name: "tinypool run()",
  start: async (workers, concurrentTasksPerWorker) => {
    const pool = new Tinypool({ ...fixed(workers), filename: task, concurrentTasksPerWorker });
    return { call: (name, value) => pool.run(value, { name }), stop: () => pool.destroy() };
  },
};

/**
 * @param {string} name
 * @param {() => HandshakeTransport} transport
 * @returns {WorkerPool}
 */
export function pluginPool(name, transport) {
  return {
    name,
    start: async (workers, callsPerReplica) => {
      /** @type {PluginPool<{ work: Work }>} */
      const pool = new PluginPool(plugin, {
        transport: transport(),
        replicas: { min: workers, max: workers },
        callsPerReplica,
      });
      await pool.start();
      const { work } = pool.components;
      return {
        call: (method, value) => (method === "echo" ? work.echo(value) : work[method]()),
        stop: () => pool.kill(),
      };
    },
  };
}

/** @param {number} workers */
function fixed(workers) {
  return { minThreads: workers, maxThreads: workers };
}
