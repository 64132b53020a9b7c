import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { firstReply, starts } from "./transports.js";

/** @import { Case, Suite } from "./suite.js" */

const floor = "cold process";
const spares = 4;
const burst = 12;
const spareMemory = fileURLToPath(new URL("./floors/spare-memory.js", import.meta.url));
/** What the burst before has left running is not to disturb the next sample. */
const settleMs = 50;

/** @type {Suite} */
const single = {
  name: "warm",
  about: "one load, from the load of a plugin to the reply to its first call, with all spares ready",
  cases: casesOf(2, async (transport) => {
    const { client, ms } = await firstReply(transport);
    const { launch, announce, connect, ready, total } = client.timings;
    await client.kill();
    return { ms, parts: { launch, announce, connect, ready, "first call": ms - total } };
  }),
};

/** @type {Suite} */
const bursts = {
  name: "warm, in bursts",
  about: `${burst} loads at once with ${spares} spares: until the last has its reply`,
  rounds: 15,
  warmUps: 2,
  cases: casesOf(spares, async (transport) => {
    const started = performance.now();
    const replies = await Promise.all(Array.from({ length: burst }, () => firstReply(transport)));
    const sorted = replies.map(({ ms }) => ms).sort((a, b) => a - b);
    const parts = { first: Number(sorted[0]), median: Number(sorted[burst / 2]) };
    const ms = performance.now() - started;
    await Promise.all(replies.map(({ client }) => client.kill()));
    return { ms, parts };
  }),
};

/** @type {Suite} */
const memory = {
  name: "warm, memory",
  about:
    "what one more idle worker adds to the memory of its host (a process: to its own), each in a fresh host",
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

export const suites = [single, bursts, memory];

/**
 * @param {number} count Spares.
 * @param {(transport: import("portcall").HandshakeTransport) => Promise<import("./suite.js").Sample>} sample
 * @returns {Case[]}
 */
function casesOf(count, sample) {
  return Object.entries(starts).map(([name, make]) => {
    const { transport, ready, end } = make(count);
    return {
      name,
      ...(name === floor ? {} : { floor }),
      sample: async () => {
        await ready();
        await new Promise((resolve) => setTimeout(resolve, settleMs));
        return sample(transport);
      },
      tearDown: end,
    };
  });
}

/** @param {string} kind */
async function memoryOf(kind) {
  const { stdout } = await promisify(execFile)(process.execPath, [spareMemory, kind]);
  return Number(stdout);
}
