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
 * Starts a far side for whoever asks first, for all of its cases, and stops it once.
 *
 * @template {{ readonly stop: () => unknown }} T
 * @param {() => Promise<T>} start
 */
export function startedOnce(start) {
  /** @type {Promise<T> | undefined} */
  let starting;
  return {
    start: () => {
      starting ??= start();
      return starting;
    },
    stop: async () => {
      const started = starting;
      starting = undefined;
      await (await started)?.stop();
    },
  };
}

/**
 * Answers that come in the order of the questions: what a bare channel needs to be called like a function.
 *
 * @param {(value: any, alone: boolean) => void} post Told whether no other question is open.
 */
export function inOrder(post) {
  /** @type {((value: unknown) => void)[]} */
  const waiting = [];
  return {
    call: (/** @type {unknown} */ value) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        post(value, waiting.length === 1);
      }),
    answer: (/** @type {unknown} */ value) => waiting.shift()?.(value),
  };
}
