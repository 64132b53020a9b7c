import { readFileSync } from "node:fs";

/**
 * Resolves when the condition holds; fails when it does not within the time.
 *
 * @param {string} what
 * @param {() => boolean} condition
 * @param {number} [ms]
 */
export async function until(what, condition, ms = 10_000) {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Resolves when no process of the list lives any more.
 *
 * @param {readonly number[]} pids
 * @param {number} ms
 * @returns {Promise<void>}
 */
export function untilGone(pids, ms) {
  return until(`the end of ${pids.join(", ")}`, () => !pids.some(isAlive), ms);
}

/**
 * Whether a process runs. One that has ended and waits for its parent to notice does not.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/**
 * Ends what a test left alive on purpose.
 *
 * @param {number} pid
 */
export function forceEnd(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}
