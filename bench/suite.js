/**
 * What a file of benchmarks exports as `suite`. Every case of a suite is measured in every round, in an order that is
 * shuffled anew, so that a drift of the machine meets all of them alike.
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} about What is measured, in a sentence.
 * @property {string} [unit] Of all samples. Default: ms.
 * @property {number} [rounds] Default: 60.
 * @property {number} [warmUps] Rounds that are not counted. Default: 5.
 * @property {readonly Case[]} cases
 */

/**
 * Either takes a sample by itself, or is work that the runner times.
 *
 * @typedef {SampledCase | TimedCase} Case
 */

/**
 * @typedef {object} CaseBase
 * @property {string} name
 * @property {string} [floor] The case that this one is compared with.
 * @property {() => unknown} [setUp] Runs once, before the first round.
 * @property {() => unknown} [tearDown] Runs once, after the last round, however it ends.
 */

/**
 * @typedef {object} Sampled
 * @property {() => Promise<Sample | number>} sample Milliseconds, or the suite's unit. What it does to clean up is not in them.
 *
 * @typedef {CaseBase & Sampled} SampledCase
 */

/**
 * @typedef {object} Timed
 * @property {() => unknown} work
 *
 * @typedef {CaseBase & Timed} TimedCase
 */

/**
 * @typedef {object} Sample
 * @property {number} ms
 * @property {Readonly<Record<string, number>>} [parts] Where the time went, in milliseconds, by name.
 */

export {};
