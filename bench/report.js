import { availableParallelism } from "node:os";
import { median, quantile } from "./statistics.js";

/** @import { CaseResult, SuiteResult } from "./runner.js" */

/** Where the figures come from. */
export function machine() {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
  };
}

/**
 * The tables of a suite, one for each group, in Markdown: for each case its times and, where it has a floor, the ratio
 * of the medians and the median of the ratios of each round; below it the p50 of its parts. A p95 is over the rounds,
 * or, where each round took many measurements, the median of theirs.
 *
 * @param {SuiteResult} result
 */
export function report(result) {
  const { node, platform, cpus } = machine();
  const setting = `Node ${node}, ${platform}, ${cpus} CPUs`;
  const run = `${result.rounds} rounds after ${result.warmUps} to warm up, seed ${result.seed}`;
  const groups = [...new Set(result.cases.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const cases = result.cases.filter((each) => each.group === group);
    return `${group === undefined ? "" : `${group}\n\n`}${groupTable(cases, result.unit)}`;
  });
  return `${result.name}: ${result.about}\n${setting}; ${run}\n\n${tables.join("\n\n")}`;
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
 * @param {readonly CaseResult[]} cases
 * @param {"ms" | "µs" | "MiB"} unit
 */
function groupTable(cases, unit) {
  const head = ["case", `p50 ${unit}`, `p95 ${unit}`, `min ${unit}`];
  const rows = cases.flatMap((each) => [caseRow(each, cases, unit), ...partRows(each, unit)]);
  return table([[...head, "MiB/s", "p50 / floor", "round by round", "target", "floor"], ...rows]);
}

/**
 * @param {CaseResult} result
 * @param {readonly CaseResult[]} all
 * @param {"ms" | "µs" | "MiB"} unit
 */
function caseRow(result, all, unit) {
  const { name, samples, p95s, bytes, target } = result;
  const rate = bytes === undefined ? "" : figure(bytes / 1_048.576 / median(samples));
  const row = [name, ...times(samples, p95s, unit), rate];
  const floor = all.find((other) => other.name === result.floor);
  if (floor === undefined) return [...row, "", "", "", ""];
  const { ofMedians, roundByRound } = ratios(result, floor);
  const most = target === undefined ? "" : `≤ ${target.toFixed(2)}`;
  return [...row, ofMedians.toFixed(3), roundByRound.toFixed(3), most, floor.name];
}

/**
 * @param {CaseResult} result
 * @param {"ms" | "µs" | "MiB"} unit
 */
function partRows({ parts }, unit) {
  return Object.entries(parts).map(([name, samples]) => [`- ${name}`, ...times(samples, [], unit)]);
}

/**
 * @param {readonly number[]} samples
 * @param {readonly number[]} p95s
 * @param {"ms" | "µs" | "MiB"} unit
 */
function times(samples, p95s, unit) {
  const p95 = p95s.length > 0 ? median(p95s) : quantile(samples, 0.95);
  const all = [median(samples), p95, Math.min(...samples)];
  return all.map((ms) => figure(unit === "µs" ? ms * 1_000 : ms));
}

/** @param {number} value */
function figure(value) {
  return value >= 1_000 ? value.toFixed(0) : value.toPrecision(value < 1 ? 2 : 3);
}

/**
 * A column that is empty throughout is left out.
 *
 * @param {readonly (readonly string[])[]} rows The first is the head.
 */
function table([head = [], ...rows]) {
  const columns = head.map((_, i) => i).filter((i) => rows.some((row) => row[i]));
  const widths = columns.map((i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row) => {
    const cells = columns.map((column, i) => {
      const cell = row[column] ?? "";
      return column === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = `|${widths.map((width, i) => (i === 0 ? `${"-".repeat(width + 2)}` : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
