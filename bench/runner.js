import { shuffler } from "./statistics.js";

/** @import { Case, Sample, Suite } from "./suite.js" */

/**
 * The samples of one case: the nth of every case are of the same round.
 *
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {string | undefined} group
 * @property {string | undefined} floor
 * @property {number | undefined} target
 * @property {number | undefined} bytes
 * @property {number[]} samples in milliseconds
 * @property {number[]} p95s in milliseconds; empty where a sample is one measurement
 * @property {Record<string, number[]>} parts
 */

/**
 * @typedef {object} SuiteResult
 * @property {string} name
 * @property {string} about
 * @property {"ms" | "µs" | "MiB"} unit
 * @property {number} rounds
 * @property {number} warmUps
 * @property {number} seed
 * @property {CaseResult[]} cases
 */

/**
 * Measures every case once a round, in an order that is shuffled anew.
 *
 * @param {Suite} suite
 * @param {{ rounds?: number | undefined, seed: number, onRound: (round: number, rounds: number) => void }} options
 * @returns {Promise<SuiteResult>}
 */
export async function runSuite(suite, { rounds = suite.rounds ?? 60, seed, onRound }) {
  const { name, about, unit = "ms", cases, warmUps = 5 } = suite;
  const shuffle = shuffler(seed);
  /** @type {Map<Case, CaseResult>} */
  const results = new Map(cases.map((each) => [each, emptyResult(each)]));
  try {
    for (const each of cases) await each.setUp?.();
    for (let round = 1 - warmUps; round <= rounds; round++) {
      onRound(round, rounds);
      for (const [each, result] of shuffle([...results])) {
        const sample = await take(each);
        if (round > 0) keep(sample, result);
      }
    }
  } finally {
    for (const each of cases) await each.tearDown?.();
  }
  return { name, about, unit, rounds, warmUps, seed, cases: [...results.values()] };
}

/**
 * @param {Case} each
 * @returns {CaseResult}
 */
function emptyResult({ name, group, floor, target, bytes }) {
  return { name, group, floor, target, bytes, samples: [], p95s: [], parts: {} };
}

/**
 * @param {Case} each
 * @returns {Promise<Sample>}
 */
async function take(each) {
  if ("sample" in each) {
    const sample = await each.sample();
    return typeof sample === "number" ? { ms: sample } : sample;
  }
  const started = performance.now();
  await each.work();
  return { ms: performance.now() - started };
}

/**
 * @param {Sample} sample
 * @param {CaseResult} result
 */
function keep({ ms, p95, parts = {} }, result) {
  result.samples.push(ms);
  if (p95 !== undefined) result.p95s.push(p95);
  for (const [name, part] of Object.entries(parts)) {
    result.parts[name] ??= [];
    result.parts[name].push(part);
  }
}
