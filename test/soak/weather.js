import { setTimeout as sleep } from "node:timers/promises";

/** @import { Dice } from "./dice.js" */
/** @import { Ledger } from "./ledger.js" */

/**
 * What befalls the host as a whole: it stands still for a while, is slow for a while, its wall clock jumps. None of that
 * is a reason for a call to fail.
 *
 * @type {Readonly<Record<string, (dice: Dice) => unknown>>}
 */
const weathers = {
  "blocked host": (dice) => standStill(dice.between(200, 2_500)),
  "slow host": async (dice) => {
    const end = performance.now() + dice.between(200, 1_500);
    while (performance.now() < end) {
      standStill(30);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  "clock jump in the host": (dice) => {
    const ms = dice.between(-1e12, 1e12);
    Date.now = () => realNow() + ms;
  },
};

const realNow = Date.now;

/**
 * Goes on until the signal aborts.
 *
 * @param {Dice} dice
 * @param {Ledger} ledger
 * @param {AbortSignal} signal
 */
export async function weather(dice, ledger, signal) {
  try {
    for (;;) {
      await sleep(dice.between(100, 4_000), undefined, { signal });
      const name = dice.one(Object.keys(weathers));
      ledger.count("weather", name);
      await weathers[name]?.(dice);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    Date.now = realNow;
  }
}

/** @param {number} ms */
function standStill(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
