import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { suite as handshake } from "./handshake.js";
import { machine, report } from "./report.js";
import { runSuite } from "./runner.js";
import { suites as warm } from "./warm.js";

/** By the name they are run by. */
const benchmarks = { handshake: [handshake], warm };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string" }, seed: { type: "string" }, json: { type: "string" } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(benchmarks, name));
const rounds = count("rounds", values.rounds);
const seed = count("seed", values.seed) ?? Math.floor(Math.random() * 2 ** 31);

if (positionals.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no benchmark ${unknown.join(", ")}.`);
  console.log("npm run bench -- NAME… [--rounds N] [--seed N] [--json FILE]\n");
  for (const [name, suites] of Object.entries(benchmarks)) {
    for (const { about } of suites) console.log(`  ${name.padEnd(12)} ${about}`);
  }
  process.exitCode = unknown.length > 0 ? 1 : 0;
} else {
  for (const name of positionals) {
    const suites = benchmarks[/** @type {keyof typeof benchmarks} */ (name)];
    for (const suite of suites) await run(suite);
  }
}

/** @param {import("./suite.js").Suite} suite */
async function run(suite) {
  const name = suite.name.replace(/\W+/g, "-");
  const result = await runSuite(suite, { rounds, seed, onRound: showProgress });
  const file = values.json ?? fileURLToPath(new URL(`./results/${name}.json`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...machine(), ...result }, undefined, 1)}\n`);
  console.log(`${report(result)}\n\nAll samples: ${file}\n`);
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
