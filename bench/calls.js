import { deepStrictEqual } from "node:assert/strict";
import { processTransport, threadTransport } from "portcall";
import { barePort, bareSocket } from "./peers/bare.js";
import { birpcSocket, birpcThread } from "./peers/birpc.js";
import { comlinkSocket, comlinkThread } from "./peers/comlink.js";
import { forked } from "./peers/fork.js";
import { startedOnce } from "./peers/peer.js";
import { piscina, tinypool, workerpoolOf } from "./peers/pools.js";
import { portcall } from "./peers/portcall.js";
import { inFlight, oneAtATime } from "./timing.js";

/** @import { Line, Peer } from "./peers/peer.js" */
/** @import { Case, Suite } from "./suite.js" */

const values = {
  "a string": "hello, plugin",
  "an object": { name: "Ada", age: 36, tags: ["first", "second"], at: { x: 1.5, y: -2 } },
};

const peers = [
  barePort,
  portcall("portcall, thread", threadTransport),
  comlinkThread,
  birpcThread,
  piscina,
  tinypool,
  workerpoolOf("thread"),
  portcall("portcall, process", processTransport),
  comlinkSocket,
  birpcSocket,
  forked("json"),
  forked("advanced"),
  workerpoolOf("process"),
];

/** @type {Record<string, Record<1 | 64 | 256, Pick<Case, "floor" | "target">>>} */
const floors = {
  "portcall, thread": {
    1: { floor: barePort.name, target: 1.15 },
    64: { floor: comlinkThread.name },
    256: { floor: comlinkThread.name, target: 1 / 2 },
  },
  "portcall, process": {
    1: { floor: "bare TCP", target: 1.25 },
    64: { floor: comlinkSocket.name },
    256: { floor: comlinkSocket.name, target: 1 / 3 },
  },
};

/** @type {Suite} */
export const suite = {
  name: "calls",
  about: "calls of a method that returns its argument, time for each call",
  unit: "µs",
  rounds: 12,
  warmUps: 2,
  cases: cases({ 1: 400, 64: 2_048, 256: 4_096 }),
  quick: { rounds: 1, cases: cases({ 1: 10, 64: 64, 256: 256 }) },
};

/**
 * @param {{ 1: number, 64: number, 256: number }} counts How many calls make a sample, by how many are in flight.
 * @returns {Case[]}
 */
function cases(counts) {
  const lines = peers.map(lineOf);
  return Object.entries(values).flatMap(([what, value]) => {
    const all = [lineOf(bareSocket(value)), ...lines];
    return /** @type {const} */ ([1, 64, 256]).flatMap((width) => {
      const group = `${what}, ${width === 1 ? "one at a time" : `${width} in flight`}`;
      return all.map((line) => ({ group, ...caseOf(line, value, width, counts[width]) }));
    });
  });
}

/** @param {Peer} peer */
function lineOf({ name, start }) {
  return { name, ...startedOnce(start) };
}

/**
 * @param {ReturnType<typeof lineOf>} line
 * @param {unknown} value
 * @param {1 | 64 | 256} width
 * @param {number} count
 * @returns {Case}
 */
function caseOf({ name, start, stop }, value, width, count) {
  /** @type {Line["call"]} */
  let call;
  return {
    name,
    ...floors[name]?.[width],
    setUp: async () => {
      ({ call } = await start());
      deepStrictEqual(await call(value), value, `${name} does not echo`);
    },
    tearDown: stop,
    sample: () => {
      const ask = () => call(value);
      return width === 1 ? oneAtATime(ask, count) : inFlight(ask, width, count);
    },
  };
}
