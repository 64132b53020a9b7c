import { processTransport, threadTransport } from "portcall";
import { piscina, pluginPool, tinypool } from "./peers/worker-pools.js";
import { inFlight, oneAtATime } from "./timing.js";

/** @import { StartedPool, WorkerPool } from "./peers/worker-pools.js" */
/** @import { Case, Suite } from "./suite.js" */

const pools = [
  piscina,
  tinypool,
  pluginPool("portcall, threads", threadTransport),
  pluginPool("portcall, processes", processTransport),
];

/**
 * @typedef {object} Load
 * @property {string} what
 * @property {"echo" | "compute" | "wait"} method
 * @property {number} callsPerWorker The same for all.
 * @property {number} width So many calls are always under way.
 * @property {number} count So many make a sample.
 * @property {readonly number[]} workers
 * @property {number} [target] For replicas in threads, against piscina.
 */

/** @type {readonly Load[]} */
const loads = [
  { what: "echo", method: "echo", callsPerWorker: 16, width: 1, count: 400, workers: [1], target: 1 },
  {
    what: "echo",
    method: "echo",
    callsPerWorker: 16,
    width: 64,
    count: 4_096,
    workers: [1, 2, 4],
    target: 1,
  },
  { what: "compute", method: "compute", callsPerWorker: 1, width: 64, count: 256, workers: [1, 2, 4] },
  { what: "wait 2 ms", method: "wait", callsPerWorker: 16, width: 64, count: 256, workers: [1, 2, 4] },
];

/** @type {Suite} */
export const suite = {
  name: "pool",
  about: "calls spread over workers, time for each call",
  unit: "µs",
  rounds: 12,
  warmUps: 2,
  cases: cases(1),
  quick: { rounds: 2, warmUps: 1, cases: cases(1 / 16) },
};

/**
 * @param {number} share Of the calls that make a sample.
 * @returns {Case[]}
 */
function cases(share) {
  return loads.flatMap((load) =>
    load.workers.flatMap((workers) => {
      const inFlight = load.width === 1 ? "one at a time" : `${load.width} in flight`;
      const group = `${load.what}, ${inFlight}, ${workers} worker${workers === 1 ? "" : "s"}`;
      return pools.map((pool) => ({ group, ...caseOf(pool, load, workers, load.count * share) }));
    }),
  );
}

/**
 * @param {WorkerPool} pool
 * @param {Load} load
 * @param {number} workers
 * @param {number} count
 * @returns {Case}
 */
function caseOf({ name, start }, { method, callsPerWorker, width, target }, workers, count) {
  /** @type {StartedPool} */
  let started;
  const call = () => started.call(method, "hello, plugin");
  return {
    name,
    ...(name === piscina.name ? {} : { floor: piscina.name }),
    ...(target !== undefined && name.endsWith("threads") ? { target } : {}),
    setUp: async () => {
      started = await start(workers, callsPerWorker);
      // Every worker has had a call.
      await Promise.all(Array.from({ length: workers * callsPerWorker }, call));
    },
    tearDown: () => started?.stop(),
    sample: () => (width === 1 ? oneAtATime(call, count) : inFlight(call, width, count)),
  };
}
