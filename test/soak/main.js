import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { diceOf } from "./dice.js";
import { takeInventory } from "./inventory.js";
import { openLedger } from "./ledger.js";
import { live, planLife } from "./life.js";
import { closePlaces, places } from "./places.js";
import { plants } from "./plants.js";
import { runRound, takeStock } from "./round.js";

const usage = `npm run soak -- [--minutes N] [--seed S] [--transports A,B] [--life N] [--patience MS]
             [--plant A,B]

Lives through faults at random moments, and says what it did and what was lost, left or leaked; then its exit code is 1.
--transports are some of ${Object.keys(places).join(", ")}.
--life lives one life of a seed alone. What takes longer than --patience is lost. --plant adds defects, which must be found: ${Object.keys(plants).join(", ")}.`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    transports: { type: "string", default: Object.keys(places).join(",") },
    life: { type: "string" },
    patience: { type: "string", default: "20000" },
    plant: { type: "string", default: "" },
    help: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const patienceMs = Number(values.patience);
const names = values.transports.split(",");
const planted = values.plant.split(",").filter((name) => name !== "");
const unknown = [
  ...names.filter((name) => !(name in places)),
  ...planted.filter((name) => !(name in plants)),
];
/** Stock is taken between them. */
const roundMs = 30_000;

if (values.help || unknown.length > 0 || !(minutes > 0) || !Number.isInteger(seed)) {
  if (!values.help) console.error(`Not understood: ${process.argv.slice(2).join(" ")}\n`);
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await soak().catch((error) => {
    console.log(`The soak itself failed: ${stackOf(error)}`);
    process.exit(1);
  });
}

async function soak() {
  const ledger = openLedger(patienceMs);
  const mark = `soak of ${process.pid}, seed ${seed}`;
  process.env.PORTCALL_SOAK = mark;
  process.on("unhandledRejection", (error) =>
    ledger.fail(`Wrong: nobody heard a rejection: ${stackOf(error)}`),
  );
  process.on("uncaughtException", (error) => ledger.fail(`Wrong: nobody caught an error: ${stackOf(error)}`));
  console.log(`A soak of ${minutes} minutes, seed ${seed}, on ${names.join(", ")}; Node ${process.version}.`);

  let lives = values.life === undefined ? 0 : Number(values.life);
  const run = { seed, names, ledger, mark, next: () => ++lives };
  await warmUp();
  const before = takeInventory();
  const heap = process.memoryUsage().heapUsed;
  const began = performance.now();
  const end = began + minutes * 60_000;
  if (values.life !== undefined) await runRound({ ...run, next: () => Number(values.life) }, began + 1);
  for (let round = 1; values.life === undefined && performance.now() < end; round++) {
    await runRound(run, Math.min(end, performance.now() + roundMs));
    for (const name of planted) await plants[name]?.(ledger);
    await takeStock(run, before, `after round ${round}`);
    progress(round, lives, ledger.failures.length);
  }
  const grown = (process.memoryUsage().heapUsed - heap) / 1_048_576;
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.log(
    `\n${lives} lives in ${seconds} s; the heap has grown by ${grown.toFixed(1)} MiB.\n${ledger.report()}\n`,
  );
  judge(ledger.failures);
}

/** What a host keeps once it has had plugins of every kind: a reaper, threads of the system's pool. */
async function warmUp() {
  // The pool starts when it is first used, which on Node 24 no start of a plugin does.
  await stat(new URL(import.meta.url));
  const ledger = openLedger(patienceMs);
  const all = Object.values(places).map((make) => make());
  for (const place of all) {
    const dice = diceOf(0, 0);
    await live({ ...planLife(0, place, dice), fault: undefined }, dice, ledger);
  }
  await closePlaces(all);
  // What has ended is collected a few turns later: what would still be counted could hide as much that leaks.
  for (let turn = 0; turn < 20; turn++) {
    await sleep(50);
    globalThis.gc?.();
  }
  if (ledger.failures.length > 0)
    throw new Error(`it does not even work alone: ${ledger.failures.join("\n")}`);
}

/** @param {readonly string[]} failures */
function judge(failures) {
  for (const failure of failures.slice(0, 50)) console.log(failure);
  if (failures.length > 50) console.log(`… and ${failures.length - 50} more.`);
  if (failures.length === 0) console.log("Nothing was lost, nobody was left, nothing has leaked.");
  else
    console.log(
      `\nThe same dice again: npm run soak -- --minutes ${minutes} --seed ${seed} --transports ${names}`,
    );
  process.exitCode = failures.length === 0 ? 0 : 1;
  // A planted defect, or a real one, may keep this process alive.
  setTimeout(() => process.exit(), 3_000).unref();
  if (failures.length > 0) process.exit();
}

/**
 * @param {number} round
 * @param {number} lives
 * @param {number} failures
 */
function progress(round, lives, failures) {
  process.stderr.write(`round ${round}: ${lives} lives, ${failures} failures\n`);
}

/** @param {unknown} error */
function stackOf(error) {
  return error instanceof Error ? error.stack : String(error);
}
