import assert from "node:assert/strict";
import { processTransport, threadTransport } from "portcall";
import { bareClone, bareSocket, bareTransfer } from "./couriers/bare.js";
import { comlinkClone, comlinkTransfer } from "./couriers/comlink.js";
import { forked } from "./couriers/fork.js";
import { portcall, portcallTransfer } from "./couriers/portcall.js";
import { startedOnce } from "./peers/peer.js";

/** @import { Courier, Route } from "./couriers/courier.js" */
/** @import { Case, Suite } from "./suite.js" */

const couriers = [
  bareSocket,
  portcall("portcall, process", processTransport),
  forked,
  bareClone,
  portcall("portcall, thread", threadTransport),
  comlinkClone,
  bareTransfer,
  portcallTransfer,
  comlinkTransfer,
];

/** @type {Record<string, string>} */
const floors = {
  "portcall, process": bareSocket.name,
  "portcall, thread": bareClone.name,
  [portcallTransfer.name]: bareTransfer.name,
};

const sizes = [
  { size: "1 KiB", bytes: 2 ** 10, count: 200 },
  { size: "64 KiB", bytes: 2 ** 16, count: 50 },
  { size: "1 MiB", bytes: 2 ** 20, count: 8 },
  { size: "64 MiB", bytes: 2 ** 26, count: 1 },
];

/** @type {Suite} */
export const suite = {
  name: "payload",
  about: "Buffers to the plugin, and to the plugin and back, time for each",
  rounds: 8,
  warmUps: 1,
  cases: cases(sizes),
  quick: { rounds: 1, cases: cases([{ size: "64 KiB", bytes: 2 ** 16, count: 2 }]) },
};

/**
 * @param {{ size: string, bytes: number, count: number }[]} of
 * @returns {Case[]}
 */
function cases(of) {
  const routes = couriers.map(routeOf);
  return of.flatMap(({ size, bytes, count }) => [
    ...routes.map((route) => ({ group: `${size}, one way`, ...caseOf(route, oneWay, bytes, bytes, count) })),
    ...routes.map((route) => ({
      group: `${size}, there and back`,
      ...caseOf(route, thereAndBack, bytes, 2 * bytes, count),
    })),
  ]);
}

/** @param {Courier} courier */
function routeOf({ name, detaches = false, start }) {
  return { name, detaches, ...startedOnce(start) };
}

/**
 * @param {ReturnType<typeof routeOf>} courier
 * @param {typeof oneWay | typeof thereAndBack} carry
 * @param {number} size
 * @param {number} carried
 * @param {number} count How many make a sample.
 * @returns {Case}
 */
function caseOf({ name, detaches, start, stop }, carry, size, carried, count) {
  /** @type {Route} */
  let route;
  const floor = floors[name];
  return {
    name,
    ...(floor === undefined ? {} : { floor }),
    ...(name === "portcall, process" && size === 2 ** 26 ? { target: 1 / 0.6 } : {}),
    bytes: carried,
    setUp: async () => {
      route = await start();
      const sent = Buffer.alloc(size, "portcall");
      const back = await route.echo(copyOf(sent));
      assert(sent.equals(back), `${name} does not bring back what it was given`);
    },
    tearDown: stop,
    sample: () => carry(route, size, count, detaches),
  };
}

/**
 * @param {Route} route
 * @param {number} size
 * @param {number} count
 * @param {boolean} detaches
 */
async function oneWay({ take }, size, count, detaches) {
  const first = Buffer.alloc(size, "portcall");
  const all = Array.from({ length: count }, () => (detaches ? copyOf(first) : first));
  const started = performance.now();
  for (const bytes of all) await take(bytes);
  return (performance.now() - started) / count;
}

/**
 * @param {Route} route
 * @param {number} size
 * @param {number} count
 * @param {boolean} detaches
 */
async function thereAndBack({ echo }, size, count, detaches) {
  /** @type {Buffer} */
  let bytes = Buffer.alloc(size, "portcall");
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    const back = await echo(bytes);
    if (detaches) bytes = /** @type {Buffer} */ (back);
  }
  return (performance.now() - started) / count;
}

/**
 * In memory of its own.
 *
 * @param {Buffer} bytes
 */
function copyOf(bytes) {
  return Buffer.from(new Uint8Array(bytes).buffer);
}
