import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { forceEnd } from "../support/processes.js";
import { diceOf } from "./dice.js";
import { gatherings } from "./hosts.js";
import { gained, processesWith, takeInventory } from "./inventory.js";
import { live, planLife } from "./life.js";
import { closePlaces, places } from "./places.js";
import { weather } from "./weather.js";

/** @import { Inventory } from "./inventory.js" */
/** @import { Ledger } from "./ledger.js" */

/**
 * @typedef {object} Soak
 * @property {number} seed
 * @property {readonly string[]} names The places.
 * @property {Ledger} ledger
 * @property {string} mark What is in the environment of all that the soak starts.
 * @property {() => number} next The number of the next life.
 */

/** Lives that go on at once. */
const lanes = 8;

/**
 * Lives on every place until the time is over. Resolves when all of it has ended.
 *
 * @param {Soak} soak
 * @param {number} endMs A time of `performance.now()`.
 */
export async function runRound(soak, endMs) {
  const { seed, names, ledger, next } = soak;
  const made = Object.fromEntries(names.map((name) => [name, places[name]?.()]));
  const folder = mkdtempSync(join(tmpdir(), "portcall-soak-"));
  const over = new AbortController();
  const one = async () => {
    const nth = next();
    const dice = diceOf(seed, nth);
    const place = /** @type {import("./life.js").Place} */ (made[dice.one(names)]);
    const log = join(folder, String(nth));
    if (!place.isPool && dice.chance(0.05)) {
      const kind = dice.one(Object.keys(gatherings));
      ledger.count("gatherings", `${kind} (${place.name})`);
      await gatherings[kind]?.(`life ${nth}`, place, dice, ledger, log);
    } else {
      await live(planLife(nth, place, dice), dice, ledger, log);
    }
    rmSync(log, { force: true });
    rmSync(`${log}.told`, { force: true });
  };
  const lane = async () => {
    while (performance.now() < endMs) await one();
  };
  const storm = weather(diceOf(seed, -next()), ledger, over.signal);
  await Promise.all(Array.from({ length: lanes }, lane));
  over.abort();
  await storm;
  await closePlaces(Object.values(made).filter((place) => place !== undefined));
  const files = readdirSync(folder);
  if (files.length > 0) ledger.fail(`Leak: the files ${files.join(", ")} were left in ${folder}.`);
  rmSync(folder, { recursive: true });
}

/**
 * Waits until all that has ended is gone. What is still more than before when patience is over has leaked.
 *
 * @param {Soak} soak
 * @param {Inventory} before
 * @param {string} when
 */
export async function takeStock({ ledger, mark }, before, when) {
  const deadline = performance.now() + ledger.patienceMs;
  for (;;) {
    const more = gained(before, takeInventory());
    const left = processesWith(mark);
    if (more.length + left.length === 0) return;
    if (performance.now() > deadline) {
      for (const each of more) ledger.fail(`Leak: ${when} there are more ${each}.`);
      if (left.length > 0) ledger.fail(`Orphans: ${when} there are still the processes ${left.join(", ")}.`);
      left.forEach(forceEnd);
      return;
    }
    await sleep(50);
  }
}
