import { processTransport, threadTransport, warmProcessTransport, warmThreadTransport } from "portcall";

/** @import { Place } from "./life.js" */

/** Where plugins can live. @type {Readonly<Record<string, () => Place>>} */
export const places = {
  process: () => place("process", "process", processTransport()),
  thread: () => place("thread", "thread", threadTransport()),
  "warm-process": () => place("warm-process", "process", warmProcessTransport({ spares: 2 })),
  "warm-thread": () => place("warm-thread", "thread", warmThreadTransport({ spares: 2 })),
  "pool-process": () => ({ ...place("pool-process", "process", processTransport()), isPool: true }),
  "pool-thread": () => ({ ...place("pool-thread", "thread", threadTransport()), isPool: true }),
};

/**
 * @param {string} name
 * @param {Place["kind"]} kind
 * @param {Place["transport"]} transport
 * @returns {Place}
 */
function place(name, kind, transport) {
  return { name, kind, isPool: false, transport };
}

/** @param {readonly Place[]} all */
export async function closePlaces(all) {
  const ends = all.map(({ transport }) =>
    Symbol.asyncDispose in transport ? dispose(transport) : undefined,
  );
  await Promise.all(ends);
}

/** @param {unknown} transport */
async function dispose(transport) {
  await /** @type {AsyncDisposable} */ (transport)[Symbol.asyncDispose]();
}
