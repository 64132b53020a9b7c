import { setTimeout as sleep } from "node:timers/promises";

/** @import { Worker } from "node:worker_threads" */
/** @import { KeptPlugin } from "../support/kept-transport.js" */
/** @import { Dice } from "./dice.js" */

/**
 * Whom a fault befalls.
 *
 * @typedef {object} Victim
 * @property {readonly KeptPlugin[]} living
 * @property {any} components Remote ones.
 * @property {{ kill(): Promise<unknown> }} plugin
 * @property {Dice} dice
 */

/**
 * @typedef {object} Fault
 * @property {readonly ("process" | "thread")[]} on What can have it.
 * @property {boolean} [early] Whether it can befall one that is still starting.
 * @property {(victim: Victim) => unknown} befall Resolves when it is over.
 */

/** @type {readonly ("process" | "thread")[]} */
const both = ["process", "thread"];

/** @type {Readonly<Record<string, Fault>>} */
export const faults = {
  kill: { on: both, early: true, befall: ({ plugin }) => void plugin.kill() },
  sigkill: { on: ["process"], early: true, befall: ({ living }) => signal(living, "SIGKILL") },
  sigterm: { on: ["process"], early: true, befall: ({ living }) => signal(living, "SIGTERM") },
  "stop and continue": {
    on: ["process"],
    early: true,
    befall: async ({ living, dice }) => {
      signal(living, "SIGSTOP");
      await sleep(dice.between(10, 1_500));
      signal(living, "SIGCONT");
    },
  },
  "stop for good": {
    on: ["process"],
    early: true,
    befall: ({ living, plugin }) => {
      signal(living, "SIGSTOP");
      void plugin.kill();
    },
  },
  terminate: {
    on: ["thread"],
    early: true,
    befall: ({ living }) => void workerOf(living)?.terminate(),
  },
  "reset by the host": { on: ["process"], befall: ({ living }) => void living[0]?.socket?.resetAndDestroy() },
  "reset by the plugin": { on: ["process"], befall: ({ components }) => components.soaked.reset() },
  "half-closed by the host": { on: ["process"], befall: ({ living }) => void living[0]?.socket?.end() },
  "half-closed by the plugin": { on: ["process"], befall: ({ components }) => components.soaked.halfClose() },
  "closed by the host": { on: both, befall: ({ living }) => void living[0]?.wire?.close() },
  "stalled reader": {
    on: ["process"],
    befall: ({ components, dice }) => components.soaked.stopReading(dice.between(10, 500)),
  },
  "blocked plugin": {
    on: both,
    befall: ({ components, dice }) => components.soaked.block(dice.between(10, 800)),
  },
  "clock jump in the plugin": {
    on: both,
    befall: ({ components, dice }) => components.soaked.jump(dice.between(-1e12, 1e12)),
  },
  exit: { on: both, befall: ({ components, dice }) => components.soaked.exit(dice.between(0, 3)) },
  "exit in a reply": {
    on: both,
    befall: ({ components, dice }) => components.soaked.exitInReply(dice.between(1, 20) * 1_000_000),
  },
  interrupt: { on: both, befall: ({ living }) => living[0]?.running.interrupt() },
};

/** Faults after which a plugin goes on as if nothing had been: its calls may not fail. */
export const harmless = [
  "stop and continue",
  "stalled reader",
  "blocked plugin",
  "clock jump in the plugin",
  "interrupt",
];

/**
 * @param {readonly KeptPlugin[]} living
 * @param {NodeJS.Signals} name
 */
function signal(living, name) {
  const [, pid] = /^pid (\d+)$/.exec(living[0]?.running.id ?? "") ?? [];
  try {
    if (pid !== undefined) process.kill(Number(pid), name);
  } catch {
    // It has ended before.
  }
}

/** The threads of this host, by their number. @type {Map<number, Worker>} */
const workers = new Map();
process.on("worker", (worker) => {
  const { threadId } = worker;
  workers.set(threadId, worker);
  worker.once("exit", () => workers.delete(threadId));
});

/** @param {readonly KeptPlugin[]} living */
function workerOf(living) {
  const [, id] = /^thread (\d+)$/.exec(living[0]?.running.id ?? "") ?? [];
  return workers.get(Number(id));
}
