import { randomOf } from "../support/random.js";

/**
 * What a seed decides.
 *
 * @typedef {object} Dice
 * @property {(low: number, high: number) => number} between A whole number from low to high.
 * @property {(share: number) => boolean} chance
 * @property {<T>(list: readonly T[]) => T} one
 */

/**
 * @param {number} seed
 * @param {number} nth Each has its own of the same seed, so that one can be repeated alone.
 * @returns {Dice}
 */
export function diceOf(seed, nth) {
  const random = randomOf((seed ^ Math.imul(nth + 1, 0x9e3779b1)) | 0);
  /** @type {Dice["between"]} */
  const between = (low, high) => low + Math.floor(random() * (high - low + 1));
  return {
    between,
    chance: (share) => random() < share,
    one: (list) => /** @type {never} */ (list[between(0, list.length - 1)]),
  };
}
