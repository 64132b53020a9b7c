/**
 * What a soak did, and what was wrong with it.
 *
 * @typedef {object} Ledger
 * @property {(group: string, name: string) => void} count
 * @property {(sentence: string) => void} fail
 * @property {number} patienceMs What anything may take on the busiest machine.
 * @property {(what: string, promise: Promise<unknown>) => Promise<Outcome>} settles Waits for the promise, no longer than
 *   that: one that has not settled then is lost.
 * @property {() => string} report
 * @property {readonly string[]} failures
 */

/**
 * @typedef {{ how: "resolved", value: unknown } | { how: "rejected", error: unknown } | { how: "lost" }} Outcome
 */

/**
 * @param {number} patienceMs
 * @returns {Ledger}
 */
export function openLedger(patienceMs) {
  /** @type {Map<string, Map<string, number>>} */
  const groups = new Map();
  /** @type {string[]} */
  const failures = [];
  /** @param {string} sentence */
  const fail = (sentence) => void failures.push(sentence);
  return {
    count: (group, name) => {
      const counts = groups.get(group) ?? new Map();
      groups.set(group, counts.set(name, (counts.get(name) ?? 0) + 1));
    },
    fail,
    patienceMs,
    settles: async (what, promise) => {
      const outcome = await outcomeWithin(promise, patienceMs);
      if (outcome.how === "lost") fail(`Lost: ${what} has not settled after ${patienceMs} ms.`);
      return outcome;
    },
    report: () => [...groups].map(([group, counts]) => `${group.padEnd(11)} ${summary(counts)}`).join("\n"),
    failures,
  };
}

/**
 * @param {Promise<unknown>} promise
 * @param {number} ms
 * @returns {Promise<Outcome>}
 */
async function outcomeWithin(promise, ms) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<Outcome>} */
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms, { how: "lost" });
  });
  /** @type {Promise<Outcome>} */
  const outcome = promise.then(
    (value) => ({ how: "resolved", value }),
    (error) => ({ how: "rejected", error }),
  );
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Map<string, number>} counts */
function summary(counts) {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const each = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name} ${count}`);
  return `${String(total).padStart(6)}: ${each.join(", ")}`;
}
