import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// How long the 100 tests take in each transport: the median of some rounds, each of which runs every transport.
const transports = ["process", "thread", "warm-process", "warm-thread"];
const rounds = Number(process.argv[2] ?? 5);

const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const config = fileURLToPath(new URL("./vitest.config.js", import.meta.url));
/** @type {Map<string, number[]>} */
const times = new Map(transports.map((transport) => [transport, []]));

for (let round = 0; round < rounds; round++) {
  for (const [transport, all] of times) {
    const ms = await measure(transport);
    all.push(ms);
    console.error(`${transport}: ${Math.round(ms)} ms`);
  }
}
console.log(`Node ${process.version}, ${rounds} rounds\n`);
console.log("| transport | 100 tests | faster than `process` |\n| --- | ---: | ---: |");
for (const transport of transports) {
  const ms = median(transport);
  console.log(`| \`${transport}\` | ${ms} ms | ${(median("process") / ms).toFixed(1)} × |`);
}

/** @param {string} transport */
function median(transport) {
  const sorted = [...(times.get(transport) ?? [])].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

/**
 * From the first test's begin to the last one's end, as Vitest reports them.
 *
 * @param {string} transport
 */
async function measure(transport) {
  const folder = await mkdtemp(join(tmpdir(), "portcall-example-"));
  const file = join(folder, "result.json");
  try {
    const args = [vitest, "run", "--config", config, "--reporter", "json", "--outputFile", file];
    // `testPlugin()` takes warm threads where nothing else is asked for.
    const env = { ...process.env, PORTCALL_TRANSPORT: transport === "warm-thread" ? "" : transport };
    await promisify(execFile)(process.execPath, args, { env });
    const { testResults } = JSON.parse(await readFile(file, "utf8"));
    const { startTime, endTime } = testResults[0];
    return endTime - startTime;
  } finally {
    await rm(folder, { recursive: true });
  }
}
