import { PluginError } from "../errors.js";
import { PluginClient } from "../host/client.js";
import type { PluginOptions } from "../host/options.js";
import type { PluginCommand } from "../host/plugin-target.js";
import { type ParityDifference, parityDifferences } from "./parity/differences.js";
import { formatReport } from "./parity/format.js";
import { type ParityRun, runExercise } from "./parity/run.js";
import { type ParityTransport, parityTransport, parityTransports } from "./parity/transports.js";

/** How `checkParity()` runs a plugin: what `loadPlugin()` takes, but for what it must hold in its own hands. */
export interface CheckParityOptions
  extends Omit<PluginOptions, "transport" | "stdin" | "stdout" | "stderr" | "managed" | "debug"> {
  /** The ways to run it, in this order; the others are held against the first. Default: all four, the process first. */
  readonly transports?: readonly ParityTransport[];
  /** Takes out of every text, before it is compared, what else may differ: `(text) => text.replace(id, "<id>")`. */
  readonly mask?: (text: string) => string;
}

/** What came of an exercise on every transport. */
export interface ParityReport {
  readonly runs: readonly ParityRun[];
  /** Empty where the plugin keeps to parity. */
  readonly differences: readonly ParityDifference[];
  /** The differences, in words. */
  toString(): string;
}

/**
 * Runs one exercise with a fresh plugin on every transport, one after the other, and reports each difference in its
 * result, its error, what the plugin wrote, and how the plugin ended: `expect((await checkParity(file, exercise)).differences).toEqual([])`.
 * The exercise gets the started plugin and returns plain data; one that ends the plugin waits for `plugin.exited`. What it
 * throws is compared, not thrown. The plugin is killed after each run, and keeps to `parity: "strict"` unless the options
 * say `loose`: then what only one mode can do is a difference.
 *
 * What differs for good reason is masked: ids of processes and threads, ports, times and durations, stack frames with the
 * line of source above them, and the tail of stderr that an error quotes. docs/parity.md says how they are told.
 *
 * Rejects with `ERR_OPTION`, `ERR_PORT_RANGE` or `ERR_PERMISSION` for bad options before anything starts, and with the
 * reason where the plugin could be started on no transport.
 */
export async function checkParity<C = Record<string, Record<string, (...args: unknown[]) => unknown>>>(
  plugin: string | URL | PluginCommand,
  exercise: (plugin: PluginClient<C>) => unknown,
  options: CheckParityOptions = {},
): Promise<ParityReport> {
  const { names, mask, settings } = checkParityOptions(exercise, options);
  const ways = names.map((name) => ({ name, ...parityTransport(name) }));
  try {
    // Bad options are refused here, before anything has started.
    new PluginClient(plugin, settings);
    const runs: ParityRun[] = [];
    for (const { name, ready } of ways) {
      const transport = await ready();
      runs.push(await runExercise(name, plugin, exercise, { ...settings, transport }));
    }
    throwIfNeverStarted(runs);
    const differences = parityDifferences(runs, mask);
    return { runs, differences, toString: () => formatReport(names, differences) };
  } finally {
    await Promise.all(ways.map(({ end }) => end()));
  }
}

function checkParityOptions(
  exercise: unknown,
  options: CheckParityOptions,
): {
  readonly names: readonly ParityTransport[];
  readonly mask: (text: string) => string;
  readonly settings: PluginOptions;
} {
  if (typeof exercise !== "function") throw optionError("The exercise must be a function");
  if (typeof options !== "object" || options === null) throw optionError("The options must be an object");
  const { transports = parityTransports, mask = (text) => text, ...rest } = options;
  const known = Array.isArray(transports) && transports.every((name) => parityTransports.includes(name));
  if (!known || transports.length < 2 || new Set(transports).size < transports.length) {
    throw optionError(
      `The option transports must be a list of at least two, each once, of: ${parityTransports.join(", ")}`,
    );
  }
  if (typeof mask !== "function") throw optionError("The option mask must be a function of a text");
  const own = ["transport", "stdin", "stdout", "stderr", "managed", "debug"].find((name) => name in rest);
  if (own !== undefined) throw optionError(`The option ${own} cannot be given: checkParity() decides it`);
  return { names: transports, mask, settings: { ...rest, parity: rest.parity ?? "strict" } };
}

/** A file that is not there is no plugin that keeps to parity. */
function throwIfNeverStarted(runs: readonly ParityRun[]): void {
  const [first] = runs;
  if (first === undefined || runs.some(({ exit }) => exit.how !== "never-started")) return;
  throw first.outcome.how === "threw" ? first.outcome.error : new Error("no run started its plugin");
}

function optionError(what: string): PluginError {
  return new PluginError("ERR_OPTION", `checkParity: ${what}.`);
}
