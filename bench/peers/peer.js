/**
 * One way to have a value echoed by code that runs elsewhere.
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {() => Promise<Line>} start
 */

/**
 * A peer that was started.
 *
 * @typedef {object} Line
 * @property {(value: any) => Promise<unknown>} call
 * @property {() => unknown} stop
 */

/**
 * Answers that come in the order of the questions: what a bare channel needs to be called like a function.
 *
 * @param {(value: unknown) => void} post
 */
export function inOrder(post) {
  /** @type {((value: unknown) => void)[]} */
  const waiting = [];
  return {
    call: (/** @type {unknown} */ value) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        post(value);
      }),
    answer: (/** @type {unknown} */ value) => waiting.shift()?.(value),
  };
}
