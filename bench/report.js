import { availableParallelism } from "node:os";
import { median, quantile } from "./statistics.js";

/** @import { CaseResult, SuiteResult } from "./runner.js" */

/** @param {string} unit */
const columns = (unit) => [
  "case",
  `p50 ${unit}`,
  `p95 ${unit}`,
  `min ${unit}`,
  "p50 / floor",
  "round by round",
  "floor",
];

/** Where the figures come from. */
export function machine() {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
  };
}

/**
 * The table of a suite, in Markdown: for each case its times and, where it has a floor, the ratio of the medians and the
 * median of the ratios of each round; below it the p50 of its parts.
 *
 * @param {SuiteResult} result
 */
export function report(result) {
  const { node, platform, cpus } = machine();
  const rows = result.cases.flatMap((each) => [caseRow(each, result.cases), ...partRows(each)]);
  const setting = `Node ${node}, ${platform}, ${cpus} CPUs`;
  const run = `${result.rounds} rounds after ${result.warmUps} to warm up, seed ${result.seed}`;
  return `${result.name}: ${result.about}\n${setting}; ${run}\n\n${table([columns(result.unit), ...rows])}`;
}

/**
 * The ratio of a case against its floor.
 *
 * @param {CaseResult} result
 * @param {CaseResult} floor
 */
export function ratios({ samples }, floor) {
  const pairs = samples.map((ms, round) => ms / (floor.samples[round] ?? Number.NaN));
  return { ofMedians: median(samples) / median(floor.samples), roundByRound: median(pairs) };
}

/**
 * @param {CaseResult} result
 * @param {readonly CaseResult[]} all
 */
function caseRow(result, all) {
  const { name, samples } = result;
  const times = [median(samples), quantile(samples, 0.95), Math.min(...samples)].map(figure);
  const floor = all.find((other) => other.name === result.floor);
  if (floor === undefined) return [name, ...times, "", "", ""];
  const { ofMedians, roundByRound } = ratios(result, floor);
  return [name, ...times, ofMedians.toFixed(3), roundByRound.toFixed(3), floor.name];
}

/** @param {CaseResult} result */
function partRows({ parts }) {
  return Object.entries(parts).map(([name, samples]) => {
    const times = [median(samples), quantile(samples, 0.95), Math.min(...samples)].map(figure);
    return [`- ${name}`, ...times, "", "", ""];
  });
}

/** @param {number} ms */
function figure(ms) {
  return ms.toPrecision(ms < 1 ? 2 : 3);
}

/** @param {readonly (readonly string[])[]} rows The first is the head. */
function table([head = [], ...rows]) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? `${"-".repeat(width + 2)}` : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
