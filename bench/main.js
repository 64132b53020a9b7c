import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { suite as calls } from "./calls.js";
import { suite as handshake } from "./handshake.js";
import { suite as payload } from "./payload.js";
import { suite as pool } from "./pool.js";
import { machine, report } from "./report.js";
import { runSuite } from "./runner.js";
import { suites as warm } from "./warm.js";

/** @import { Suite } from "./suite.js" */

const suites = [handshake, calls, payload, pool, ...warm];

const usage = `npm run bench -- NAME… [--quick] [--only TEXT] [--rounds N] [--seed N] [--json FILE]

--quick is a try of a few seconds; its figures say little. --only measures the cases whose name or group has TEXT in
it, and their floors.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    rounds: { type: "string" },
    seed: { type: "string" },
    json: { type: "string" },
  },
});
const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
const rounds = count("rounds", values.rounds);
const seed = count("seed", values.seed) ?? Math.floor(Math.random() * 2 ** 31);

if (positionals.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no benchmark ${unknown.join(", ")}.`);
  console.log(usage);
  for (const { name, about } of suites) console.log(`  ${name.padEnd(12)} ${about}`);
  process.exitCode = unknown.length > 0 ? 1 : 0;
} else {
  // `warm` is also what begins with `warm-`.
  const all = suites.filter(({ name }) =>
    positionals.some((asked) => name === asked || name.startsWith(`${asked}-`)),
  );
  for (const { name } of all) await run(name);
}

/** @param {string} name */
async function run(name) {
  const suite = chosen(/** @type {Suite} */ (suites.find((each) => each.name === name)));
  const result = await runSuite(suite, { rounds, seed, onRound: showProgress });
  const file = values.json ?? fileURLToPath(new URL(`./results/${name}.json`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...machine(), ...result }, undefined, 1)}\n`);
  console.log(`${report(result)}\n\nAll samples: ${file}\n`);
}

/**
 * What of a suite `--quick` and `--only` leave.
 *
 * @param {Suite} suite
 * @returns {Suite}
 */
function chosen(suite) {
  const { cases, ...rest } = values.quick ? { ...suite, rounds: 2, warmUps: 0, ...suite.quick } : suite;
  const named = cases.filter(({ name, group = "" }) => `${group}: ${name}`.includes(values.only));
  const kept = cases.filter(
    (each) =>
      named.includes(each) || named.some(({ floor, group }) => floor === each.name && group === each.group),
  );
  return { ...rest, cases: kept };
}

/**
 * @param {number} round
 * @param {number} rounds
 */
function showProgress(round, rounds) {
  if (!process.stderr.isTTY) return;
  const text = round > 0 ? `round ${round} of ${rounds}` : "warming up";
  process.stderr.write(`\r\x1b[K${round < rounds ? text : ""}`);
}

/**
 * @param {string} option
 * @param {string | undefined} text
 */
function count(option, text) {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  console.error(`--${option} must be a whole number above 0; it is ${JSON.stringify(text)}.`);
  process.exit(1);
}
