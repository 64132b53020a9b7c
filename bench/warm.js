import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  PluginClient,
  processTransport,
  threadTransport,
  warmProcessTransport,
  warmThreadTransport,
} from "portcall";

/** @import { HandshakeTransport, WarmTransport } from "portcall" */
/** @import { Case, Sample, Suite } from "./suite.js" */

const plugin = new URL("./plugins/echo.js", import.meta.url);
const spares = 4;
const burst = 12;
const spareMemory = fileURLToPath(new URL("./floors/spare-memory.js", import.meta.url));
/** What the case before has left running is not to disturb the next sample: every supply is full, and for so long. */
const settleMs = 50;
/** @type {WarmTransport[]} */
const supplies = [];

/** @type {Suite} */
const starts = {
  name: "warm",
  about: "from the load of a plugin to the reply to its first call, with all spares ready at the beginning",
  rounds: 30,
  warmUps: 3,
  cases: [
    ...casesOf("one load", oneLoad),
    ...casesOf(`${burst} loads at once, ${spares} spares, to the last reply`, aBurst),
  ],
};

/** @type {Suite} */
const memory = {
  name: "warm-memory",
  about:
    "what one more idle worker adds to the memory of its host (a process: its own), each in a fresh host",
  unit: "MiB",
  rounds: 7,
  warmUps: 0,
  cases: [
    { name: "bare thread", sample: () => memoryOf("bare-thread") },
    { name: "spare thread", floor: "bare thread", sample: () => memoryOf("spare-thread") },
    { name: "bare process", sample: () => memoryOf("bare-process") },
    { name: "spare process", floor: "bare process", sample: () => memoryOf("spare-process") },
  ],
};

export const suites = [starts, memory];

/**
 * @param {string} group
 * @param {(transport: HandshakeTransport) => Promise<Sample>} sample
 * @returns {Case[]}
 */
function casesOf(group, sample) {
  const [process, thread] = [warmProcessTransport({ spares }), warmThreadTransport({ spares })];
  supplies.push(process, thread);
  const floor = "cold process";
  const isSingle = sample === oneLoad;
  return [
    { name: floor, group, sample: () => settled().then(() => sample(processTransport())) },
    { name: "cold thread", group, floor, sample: () => settled().then(() => sample(threadTransport())) },
    { name: "warm process", group, floor, ...target(isSingle, 6), ...warm(process, sample) },
    { name: "warm thread", group, floor, ...target(isSingle, 15), ...warm(thread, sample) },
  ];
}

/**
 * @param {boolean} has
 * @param {number} times How many times faster than its floor.
 */
function target(has, times) {
  return has ? { target: 1 / times } : {};
}

/**
 * @param {WarmTransport} transport
 * @param {(transport: HandshakeTransport) => Promise<Sample>} sample
 */
function warm(transport, sample) {
  return {
    sample: async () => {
      await transport.ready();
      await settled();
      return sample(transport);
    },
    tearDown: () => {
      supplies.splice(supplies.indexOf(transport), 1);
      return transport[Symbol.asyncDispose]();
    },
  };
}

/** @param {HandshakeTransport} transport */
async function oneLoad(transport) {
  const { client, ms } = await firstReply(transport);
  const { launch, announce, connect, ready, total } = client.timings;
  await client.kill();
  return { ms, parts: { launch, announce, connect, ready, "first call": ms - total } };
}

/** @param {HandshakeTransport} transport */
async function aBurst(transport) {
  const replies = await Promise.all(Array.from({ length: burst }, () => firstReply(transport)));
  const sorted = replies.map(({ ms }) => ms).sort((a, b) => a - b);
  await Promise.all(replies.map(({ client }) => client.kill()));
  const [first = 0, median = 0, ms = 0] = [sorted[0], sorted[burst / 2], sorted[burst - 1]];
  return { ms, parts: { "first reply": first, "half of them": median } };
}

/**
 * @param {HandshakeTransport} transport
 */
async function firstReply(transport) {
  const started = performance.now();
  /** @type {PluginClient<{ echo: { echo(value: string): string } }>} */
  const client = new PluginClient(plugin, { transport });
  await client.components.echo.echo("hello");
  return { client, ms: performance.now() - started };
}

/** @param {string} kind */
async function memoryOf(kind) {
  const { stdout } = await promisify(execFile)(process.execPath, [spareMemory, kind]);
  return Number(stdout);
}

async function settled() {
  const inUse = supplies.filter((supply) => supply.stats().warm > 0);
  await Promise.all(inUse.map((supply) => supply.ready()));
  await new Promise((resolve) => setTimeout(resolve, settleMs));
}
