import { type WarmTransport, warmThreadTransport } from "../transports/warm/host.js";

/**
 * One supply for all tests of a process, though a runner may load this file anew for every file of tests: so it is kept
 * where another copy finds it.
 */
const key = Symbol.for("portcall.testing.supply.1");

/** Tests run one after the other in each of a runner's workers: the next thread is made ready while one is in use. */
const spares = 2;

/** Resolves when a thread is ready: one that is being started is ready sooner than one that would be started now. */
export async function sharedSupply(): Promise<WarmTransport> {
  const kept = globalThis as { [key]?: WarmTransport };
  kept[key] ??= warmThreadTransport({ spares });
  const supply = kept[key];
  // Where none can be made ready a plugin starts cold, and its start says what is wrong.
  if (supply.stats().ready === 0) await supply.ready(1).catch(() => {});
  return supply;
}
