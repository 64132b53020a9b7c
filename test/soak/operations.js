/** @import { Dice } from "./dice.js" */

/**
 * What a call, or a few that belong together, may need of its life.
 *
 * @typedef {object} Scene
 * @property {any} components Remote ones.
 * @property {(options: { signal?: AbortSignal, timeoutMs?: number }) => any} bound The components under a signal or deadline.
 * @property {Dice} dice
 * @property {() => string} token A word that no other call has.
 * @property {(token: string) => void} ran Told of a word that the plugin has answered with.
 * @property {(pids: number[]) => void} started Told of the plugin's children.
 */

/** @typedef {(scene: Scene) => Promise<void>} Operation */

/**
 * Each does its work and checks what came of it. It rejects with what its call rejects with, or an Error that says what
 * was wrong.
 *
 * @type {Readonly<Record<string, Operation>>}
 */
export const operations = {
  run: async ({ components, token, ran }) => {
    const word = token();
    same(await components.soaked.run(word), word);
    ran(word);
  },
  echo: async ({ components, dice }) => {
    const value = { text: "x".repeat(dice.between(0, 5_000)), list: [1, null, "two"], at: new Date(5) };
    const back = await components.soaked.echo(value);
    same([back.text.length, back.at.getTime()], [value.text.length, 5]);
  },
  bytes: async ({ components, dice }) => {
    const count = dice.between(1, 2_000_000);
    const bytes = await components.soaked.bytes(count);
    same([bytes.length, bytes[0], bytes.at(-1)], [count, count % 251, count % 251]);
  },
  callback: async ({ components, dice }) => {
    const n = dice.between(0, 1_000);
    same(await components.soaked.back(async (/** @type {number} */ value) => value + 1, n), n + 1);
  },
  error: async ({ components }) => {
    const error = await components.soaked.fail("soaked").then(undefined, (/** @type {unknown} */ e) => e);
    if (!(error instanceof RangeError)) throw error;
    same(error.message, "soaked");
  },
  stream: async ({ components, dice }) => {
    const [length, end] = [dice.between(0, 300), dice.between(1, 400)];
    let read = 0;
    for await (const n of await components.soaked.count(length)) {
      same(n, read++);
      if (read === end) break;
    }
    same(read, Math.min(length, end));
  },
  "stream in": async ({ components, dice }) => {
    const length = dice.between(0, 200);
    const numbers = async function* () {
      for (let n = 0; n < length; n++) yield n;
    };
    same(await components.soaked.sum(numbers()), (length * (length - 1)) / 2);
  },
  object: async ({ components }) => {
    const counter = await components.soaked.counter();
    same([await counter.next(), await counter.next()], [1, 2]);
    counter[Symbol.dispose]();
  },
  signal: async ({ components, dice }) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), dice.between(0, 50)).unref();
    same(await components.soaked.untilAborted({ signal: controller.signal }), "aborted");
  },
  cancel: async ({ bound, dice }) => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), dice.between(0, 100));
    await givenUp(bound({ signal: controller.signal }).soaked.hang(), "ERR_ABORTED");
    clearTimeout(timer);
  },
  deadline: ({ bound, dice }) =>
    givenUp(bound({ timeoutMs: dice.between(1, 100) }).soaked.hang(), "ERR_CALL_TIMEOUT"),
  timer: async ({ components, dice }) => same(await components.soaked.later(dice.between(1, 50)), "later"),
  print: ({ components, dice }) => components.soaked.print(dice.between(1, 500)),
  family: async ({ components, started }) => started(await components.soaked.family()),
};

/**
 * @param {unknown} actual
 * @param {unknown} expected
 */
function same(actual, expected) {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`the answer was ${got} where it should have been ${wanted}`);
}

/**
 * @param {Promise<unknown>} call
 * @param {string} code
 */
async function givenUp(call, code) {
  const error = await call.then(
    () => new Error("a call resolved that its plugin never answers"),
    (reason) => reason,
  );
  if (error.code !== code) throw error;
}
