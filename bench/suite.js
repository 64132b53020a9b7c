/**
 * What a file of benchmarks exports as `suite`. Every case of a suite is measured in every round, in an order that is
 * shuffled anew, so that a drift of the machine meets all of them alike.
 *
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} about What is measured, in a sentence.
 * @property {"ms" | "µs" | "MiB"} [unit] Of the figures in the report. Default: ms. With MiB, samples are MiB.
 * @property {number} [rounds] Default: 60.
 * @property {number} [warmUps] Rounds that are not counted. Default: 5.
 * @property {readonly Case[]} cases
 * @property {{ rounds?: number, warmUps?: number, cases?: readonly Case[] }} [quick] What `--quick` puts in place of
 *   the above. Default: 2 rounds and none to warm up.
 */

/**
 * Either takes a sample by itself, or is work that the runner times.
 *
 * @typedef {SampledCase | TimedCase} Case
 */

/**
 * @typedef {object} CaseBase
 * @property {string} name Unique in its group.
 * @property {string} [group] The heading of the table that it stands in.
 * @property {string} [floor] The case of the same group that this one is compared with.
 * @property {number} [target] The most that the ratio against the floor may be: 0.5 is twice as fast.
 * @property {number} [bytes] How much is carried, where the rate is reported.
 * @property {() => unknown} [setUp] Runs once, before the first round.
 * @property {() => unknown} [tearDown] Runs once, after the last round, however it ends.
 */

/**
 * @typedef {object} Sampled
 * @property {() => Promise<Sample | number>} sample Milliseconds. What it does to clean up is not in them.
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
 * @property {number} [p95] Milliseconds, where a sample is the median of many measurements.
 * @property {Readonly<Record<string, number>>} [parts] Where the time went, in milliseconds, by name.
 */

export {};
