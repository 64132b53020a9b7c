import { deepStrictEqual } from "node:assert/strict";
import { processTransport, threadTransport } from "portcall";
import { barePort, bareSocket } from "./peers/bare.js";
import { birpcSocket, birpcThread } from "./peers/birpc.js";
import { comlinkSocket, comlinkThread } from "./peers/comlink.js";
import { forked } from "./peers/fork.js";
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

/** What is asked of portcall: against which peer, and the most that the ratio of the times may be. */
const targets = /** @type {const} */ ({
  "portcall, thread": { 1: ["bare postMessage", 1.15], 256: ["plain comlink, Worker", 1 / 2] },
  "portcall, process": { 1: ["bare TCP", 1.25], 256: ["plain comlink, socket", 1 / 3] },
});

/** @type {Suite} */
export const suite = {
  name: "calls",
  about: "calls of a method that returns its argument, time for each call",
  unit: "µs",
  rounds: 12,
  warmUps: 2,
  cases: cases({ 1: 400, 64: 2_048, 256: 4_096 }),
  quick: { rounds: 2, warmUps: 1, cases: cases({ 1: 20, 64: 128, 256: 512 }) },
};

/**
 * @param {{ 1: number, 64: number, 256: number }} counts How many calls make a sample, by how many are in flight.
 * @returns {Case[]}
 */
function cases(counts) {
  const lines = peers.map(shared);
  return Object.entries(values).flatMap(([what, value]) => {
    const all = [shared(bareSocket(value)), ...lines];
    return /** @type {const} */ ([1, 64, 256]).flatMap((width) => {
      const group = `${what}, ${width === 1 ? "one at a time" : `${width} in flight`}`;
      return all.map((line) => ({ group, ...caseOf(line, value, width, counts[width]) }));
    });
  });
}

/**
 * One far side for all cases of a peer.
 *
 * @param {Peer} peer
 */
function shared({ name, start }) {
  /** @type {Promise<Line> | undefined} */
  let starting;
  return {
    name,
    start: () => {
      starting ??= start();
      return starting;
    },
    stop: async () => {
      const started = starting;
      starting = undefined;
      await (await started)?.stop();
    },
  };
}

/**
 * @param {ReturnType<typeof shared>} line
 * @param {unknown} value
 * @param {1 | 64 | 256} width
 * @param {number} count
 * @returns {Case}
 */
function caseOf({ name, start, stop }, value, width, count) {
  /** @type {Line["call"]} */
  let call;
  const target = /** @type {Record<string, any>} */ (targets)[name];
  const [floor, most] = target?.[width] ?? (target && [target[1][0]]) ?? [];
  return {
    name,
    floor,
    target: most,
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
