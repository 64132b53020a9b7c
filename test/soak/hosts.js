import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PluginClient } from "portcall";
import { until } from "../support/processes.js";
import { processesWith } from "./inventory.js";
import { linesOf, plugin } from "./life.js";

/** @import { Dice } from "./dice.js" */
/** @import { Ledger } from "./ledger.js" */
/** @import { Place } from "./life.js" */

/**
 * What takes a host of its own, or many plugins at once.
 *
 * @type {Readonly<Record<string, (title: string, place: Place, dice: Dice, ledger: Ledger, log: string) => Promise<void>>>}
 */
export const gatherings = {
  crowd: async (title, { transport }, dice, ledger) => {
    const plugins = Array.from(
      { length: dice.between(4, 12) },
      () => new PluginClient(plugin, { transport }),
    );
    const greet = async (/** @type {{ components: any }} */ { components }) => {
      const word = await components.soaked.echo(title);
      if (word !== title) throw new Error(`the answer was ${word}`);
    };
    const greeted = plugins.map((each) => settled(`a call in the crowd of ${title}`, greet(each), ledger));
    await Promise.all(greeted);
    const killed = plugins.map((each) => settled(`a kill in the crowd of ${title}`, each.kill(), ledger));
    await Promise.all(killed);
  },

  "host that is killed": async (title, { name, kind }, dice, ledger, log) => {
    const mark = `PORTCALL_SOAK_HOST=${process.pid}/${title}`;
    const host = spawn(process.execPath, [hostFile("obedient.js")], {
      env: { ...process.env, PORTCALL_SOAK_HOST: mark.split("=")[1], PORTCALL_TRANSPORT: name },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const lines = createInterface({ input: host.stdout });
    const said = (/** @type {string} */ word) =>
      new Promise((resolve) => void lines.on("line", (line) => line === word && resolve(word)));
    await settled(`the start of the host of ${title}`, said("ready"), ledger);
    const order = {
      word: "load",
      args: [log, "self"],
      ...(dice.chance(0.5) ? { call: "spawnAndSpin" } : {}),
    };
    host.stdin.write(`${JSON.stringify(order)}\n`);
    if (kind === "thread") {
      // What a thread starts is known to its host a moment later, which has to live so long: docs/decisions/0005.
      const told = () => linesOf(`${log}.told`).length >= (order.call === undefined ? 1 : 2);
      await until("its children", told, ledger.patienceMs);
      const heard = said("pong");
      host.stdin.write('{"word":"ping"}\n');
      await settled(`an answer of the host of ${title}`, heard, ledger);
    }
    await sleep(dice.between(0, 600));
    const ended = new Promise((resolve) => void host.once("close", resolve));
    host.kill("SIGKILL");
    await settled(`the end of the host of ${title}`, ended, ledger);
    await until("its end", () => processesWith(mark).length === 0, ledger.patienceMs).catch(() => {
      ledger.fail(`Orphans: the host of ${title} left the processes ${processesWith(mark).join(", ")}.`);
    });
  },

  "host without files": async (title, { name }, dice, ledger) => {
    const free = String(dice.between(0, 12));
    const moment = dice.one(["before", "after"]);
    const script = `ulimit -n 128; exec "$0" "$@"`;
    const args = ["-c", script, process.execPath, hostFile("starved.js"), name, free, moment];
    const run = promisify(execFile)("/bin/sh", args, { timeout: ledger.patienceMs, killSignal: "SIGKILL" });
    const outcome = await settled(
      `the host of ${title} with ${free} files ${moment} its launch`,
      run,
      ledger,
    );
    if (outcome === undefined) return;
    const { later } = JSON.parse(/** @type {{ stdout: string }} */ (outcome).stdout);
    if (later.code !== "started") ledger.fail(`Wrong: ${title} had files again, and said ${later.message}`);
  },
};

/**
 * What it resolves with. Nothing here may reject.
 *
 * @param {string} what
 * @param {Promise<unknown>} promise
 * @param {Ledger} ledger
 */
async function settled(what, promise, ledger) {
  const outcome = await ledger.settles(what, promise);
  if (outcome.how === "rejected") ledger.fail(`Wrong: ${what} rejected: ${outcome.error}`);
  return outcome.how === "resolved" ? outcome.value : undefined;
}

/** @param {string} name */
function hostFile(name) {
  return fileURLToPath(new URL(`../fixtures/hosts/${name}`, import.meta.url));
}
