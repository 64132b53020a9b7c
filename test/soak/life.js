import { createWriteStream, readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { PluginClient, PluginError, PluginPool } from "portcall";
import { keptTransport } from "../support/kept-transport.js";
import { until, untilGone } from "../support/processes.js";
import { faults, harmless } from "./faults.js";
import { operations } from "./operations.js";

/** @import { HandshakeTransport, PluginExit } from "portcall" */
/** @import { KeptPlugin } from "../support/kept-transport.js" */
/** @import { Dice } from "./dice.js" */
/** @import { Ledger } from "./ledger.js" */
/** @import { Operation } from "./operations.js" */

/**
 * Where a life takes place.
 *
 * @typedef {object} Place
 * @property {string} name
 * @property {"process" | "thread"} kind What runs the plugins.
 * @property {boolean} isPool
 * @property {HandshakeTransport} transport
 */

/**
 * A plugin's life, decided before it begins.
 *
 * @typedef {object} Plan
 * @property {string} title
 * @property {Place} place
 * @property {number} killGraceMs
 * @property {keyof typeof sinks} sink
 * @property {readonly { name: string, afterMs: number, act?: Operation }[]} operations `act`: what is not among those.
 * @property {{ name: string, early: boolean, afterMs: number } | undefined} fault
 */

export const plugin = new URL("../fixtures/plugins/soaked.js", import.meta.url);
/** What a call may reject with whose plugin or connection came to an end. */
const endings = ["ERR_PLUGIN_EXITED", "ERR_ABORTED"];
const earlyEndings = [...endings, "ERR_EXITED_BEFORE_ANNOUNCE", "ERR_CONNECT", "ERR_ANNOUNCEMENT"];

/** Where what a plugin prints goes. */
const sinks = {
  none: () => undefined,
  full: () => createWriteStream("/dev/full").on("error", () => {}),
  failing: () => new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) }),
  "never drained": () => new Writable({ write: () => {} }),
};

/**
 * @param {number} nth
 * @param {Place} place
 * @param {Dice} dice
 * @returns {Plan}
 */
export function planLife(nth, place, dice) {
  const names = Object.keys(operations);
  const count = dice.between(1, dice.chance(0.2) ? 60 : 15);
  const spanMs = dice.between(0, 800);
  const fitting = Object.keys(faults).filter((name) => faults[name]?.on.includes(place.kind));
  const name = dice.one(fitting);
  const early = faults[name]?.early === true && dice.chance(0.3);
  return {
    title: `life ${nth} (${place.name})`,
    place,
    killGraceMs: dice.one([0, 100, 2_000, 2_000]),
    sink: dice.one(/** @type {(keyof typeof sinks)[]} */ (["none", ...Object.keys(sinks)])),
    operations: Array.from({ length: count }, () => ({
      name: dice.one(names),
      afterMs: dice.between(0, spanMs),
    })),
    fault: dice.chance(0.6) ? { name, early, afterMs: dice.between(0, early ? 250 : spanMs) } : undefined,
  };
}

/**
 * Lives a life, and says in the ledger what it held and what was wrong.
 *
 * @param {Plan} plan
 * @param {Dice} dice
 * @param {Ledger} ledger
 * @param {string} [log] A path at which there is nothing yet: where the plugin keeps what it runs.
 */
export async function live(plan, dice, ledger, log) {
  const { title, place, killGraceMs, fault } = plan;
  /** @type {Set<KeptPlugin>} */
  const living = new Set();
  /** @type {Set<number>} */
  const pids = new Set();
  const sink = sinks[plan.sink]();
  const options = {
    transport: keptTransport(place.transport, living, ({ id }) => {
      const [, pid] = /^pid (\d+)$/.exec(id) ?? [];
      if (pid !== undefined) pids.add(Number(pid));
    }),
    args: log === undefined ? [] : [log],
    killGraceMs,
    ...(sink === undefined ? {} : { stderr: sink, stdout: sink }),
  };
  const owner = place.isPool
    ? new PluginPool(plugin, { ...options, replicas: { min: 1, max: 2 }, callsPerReplica: 8 })
    : new PluginClient(plugin, options);
  ledger.count("lives", place.name);
  const allowed = allowedErrors(fault);

  const befall = async (/** @type {boolean} */ now) => {
    if (fault === undefined || fault.early !== now) return;
    await sleep(fault.afterMs);
    ledger.count("faults", fault.early ? `${fault.name} (starting)` : fault.name);
    const victim = { living: [...living], components: owner.components, plugin: owner, dice };
    await faults[fault.name]?.befall(victim);
  };
  const early = judged("the fault at its start", befall(true));
  const started = await judged("its start", owner.start());
  /** @type {string[]} */
  const answered = [];
  let tokens = 0;
  const scene = {
    components: owner.components,
    bound: owner.with.bind(owner),
    dice,
    token: () => `${title} call ${++tokens}`,
    ran: (/** @type {string} */ token) => void answered.push(token),
    started: (/** @type {number[]} */ ids) => {
      for (const id of ids) pids.add(id);
    },
  };
  const perform = async (
    /** @type {Plan["operations"][number]} */ { name, afterMs, act = operations[name] },
  ) => {
    await sleep(afterMs);
    ledger.count("operations", name);
    await act?.(scene);
  };
  const calls = started ? plan.operations.map((each) => judged(each.name, perform(each))) : [];
  if (started) await judged(`the fault ${fault?.name}`, befall(false));
  await Promise.all([early, ...calls]);

  if (owner instanceof PluginClient && started && (fault === undefined || harmless.includes(fault.name))) {
    await nothingShared(owner);
  }
  const end = await ledger.settles(`the kill of ${title}`, owner.kill());
  if (end.how === "resolved") ended(/** @type {PluginExit} */ (end.value));
  await ledger.settles(`the exit of ${title}`, owner.exited);
  await untilGone([...pids], ledger.patienceMs).catch((error) => {
    ledger.fail(`Orphans: of ${title} there are still processes, ${error.message}.`);
  });
  sink?.destroy();
  if (log !== undefined) ranOnce(linesOf(log));

  /**
   * @param {string} what
   * @param {Promise<unknown>} promise
   * @returns {Promise<boolean>} Whether it resolved.
   */
  async function judged(what, promise) {
    const outcome = await ledger.settles(`${what} of ${title}, with ${fault?.name ?? "no fault"},`, promise);
    if (outcome.how !== "rejected") return outcome.how === "resolved";
    const { error } = outcome;
    const code = error instanceof PluginError ? error.code : undefined;
    ledger.count("rejections", code ?? "others");
    if (code === undefined || !allowed.includes(code)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      ledger.fail(
        `Wrong: ${what} of ${title}, with ${fault?.name ?? "no fault"}, rejected: ${code ?? ""} ${text}`,
      );
    }
    return false;
  }

  /** @param {PluginExit} exit */
  function ended(exit) {
    ledger.count("exits", exit.how);
    if (exit.how === "stuck") ledger.fail(`Wrong: ${title}, with ${fault?.name ?? "no fault"}, was stuck.`);
    if (!(owner instanceof PluginClient)) return;
    const { callsInFlight, liveChannels } = owner.diagnostics();
    if (callsInFlight + liveChannels > 0) {
      ledger.fail(`Leak: after its end ${title} has ${callsInFlight} calls and ${liveChannels} channels.`);
    }
  }

  /** @param {PluginClient} client */
  async function nothingShared(client) {
    const left = () => client.diagnostics().callsInFlight + client.diagnostics().liveChannels;
    await until("nothing shared", () => left() === 0, ledger.patienceMs).catch(() => {
      ledger.fail(`Leak: after its calls ${title} shares ${JSON.stringify(client.diagnostics())}.`);
    });
  }

  /** @param {readonly string[]} ran */
  function ranOnce(ran) {
    const once = new Set(ran);
    if (once.size < ran.length) ledger.fail(`Wrong: ${title} ran a call twice.`);
    const never = answered.filter((token) => !once.has(token));
    if (never.length > 0) ledger.fail(`Wrong: ${title} answered calls that it never ran: ${never}.`);
  }
}

/** @param {Plan["fault"]} fault */
function allowedErrors(fault) {
  if (fault === undefined || harmless.includes(fault.name)) return [];
  return fault.early ? earlyEndings : endings;
}

/** @param {string} path */
export function linesOf(path) {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}
