import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { inspect } from "node:util";
import { PluginError } from "../../errors.js";
import { type PluginOptions, type PluginSettings, resolveOptions } from "../options.js";
import { mapPaths } from "../permissions.js";

/** How a pool runs its plugin. All of it is optional; the object is read once and never written to. */
export interface PluginPoolOptions extends PluginOptions {
  /** The fewest and the most replicas. Default: 1, and as many as this machine runs at once. */
  readonly replicas?: { readonly min?: number; readonly max?: number };
  /**
   * The most calls that one replica has at once. Further ones wait in the pool, where a signal or a deadline takes them
   * out again and a replica's death does not touch them. 1 fits a plugin that computes; more fit one that waits for
   * files and sockets. Default: 16.
   */
  readonly callsPerReplica?: number;
  /**
   * The most calls that wait for a replica; one more rejects with `ERR_QUEUE_FULL`. While none is ready, as many more may
   * wait as one replica takes at once. Default: 10000.
   */
  readonly maxQueue?: number;
  /** Milliseconds without a call after which a replica beyond the fewest is ended. Default: 30000. */
  readonly idleMs?: number;
}

const ownOptions = ["replicas", "callsPerReplica", "maxQueue", "idleMs"];

export interface RestartOptions {
  /** Milliseconds that a replica gets to answer its calls, and its host to let go of what they share. Default: 60000. */
  readonly drainMs?: number;
}

/** A pool's options with every default filled in. */
export interface PoolSettings {
  readonly min: number;
  readonly max: number;
  readonly callsPerReplica: number;
  readonly maxQueue: number;
  readonly idleMs: number;
  /** What a call may take that names no deadline. */
  readonly callTimeoutMs: number | undefined;
  readonly managed: boolean;
  /** How each replica is run. */
  readonly plugin: PluginSettings;
}

/** Checks every option before anything is started. Throws `ERR_OPTION` or `ERR_PORT_RANGE`. */
export function resolvePoolOptions(options: PluginPoolOptions): PoolSettings {
  if (typeof options !== "object" || options === null) throw optionError("options", "an object", options);
  const { replicas = {}, callsPerReplica = 16, maxQueue = 10_000, idleMs = 30_000, ...rest } = options;
  const plugin = resolveOptions(rest, ownOptions);
  if (plugin.stdin !== "ignore") throw optionError("stdin", '"ignore": replicas cannot share it', rest.stdin);
  const range = checkReplicas(replicas);
  checkCount("callsPerReplica", callsPerReplica, 1);
  checkCount("maxQueue", maxQueue, 0);
  checkCount("idleMs", idleMs, 0);
  const { callTimeoutMs, managed } = plugin;
  return { ...range, callsPerReplica, maxQueue, idleMs, callTimeoutMs, managed, plugin };
}

/** The same settings as options: every replica gets what the pool was made with, whatever has changed since. */
export function replicaOptions(settings: PluginSettings): PluginOptions {
  const { ports, callTimeoutMs: _ours, cwd, permissions, ...rest } = settings;
  const given = Object.entries({
    ...rest,
    cwd: cwd === undefined ? undefined : resolve(cwd),
    permissions: permissions && mapPaths(permissions, (path) => resolve(path)),
    minPort: ports.min,
    maxPort: ports.max,
    managed: false,
  });
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    inheritEnv: false,
  };
}

/** How long a restart may wait for a replica. Throws `ERR_OPTION`. */
export function resolveDrainMs(options: RestartOptions): number {
  const { drainMs = 60_000, ...rest } = Object(options) as RestartOptions;
  if (typeof options !== "object" || options === null || Object.keys(rest).length > 0) {
    throw new PluginError("ERR_OPTION", `restart() takes { drainMs }, and was given ${inspect(options)}.`);
  }
  checkCount("drainMs", drainMs, 0);
  return drainMs;
}

function checkReplicas(replicas: unknown): { min: number; max: number } {
  if (typeof replicas !== "object" || replicas === null || Array.isArray(replicas)) {
    throw optionError("replicas", "an object of min and max", replicas);
  }
  const { min, max, ...rest } = replicas as { min?: number; max?: number };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw optionError("replicas", "an object of min and max", unknown);
  const most = max ?? Math.max(min ?? 1, availableParallelism());
  const fewest = min ?? Math.min(1, most);
  checkCount("replicas.min", fewest, 0, 1_000);
  checkCount("replicas.max", most, 1, 1_000);
  if (fewest > most) throw optionError("replicas.min", `at most replicas.max (${most})`, fewest);
  return { min: fewest, max: most };
}

function checkCount(name: string, value: unknown, least: number, most = 2 ** 31 - 1): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw optionError(name, `a whole number, from ${least} to ${most}`, value);
}

function optionError(name: string, rule: string, value: unknown): PluginError {
  const shown = typeof value === "object" ? (value === null ? "null" : "an object") : JSON.stringify(value);
  return new PluginError("ERR_OPTION", `The option ${name} of a pool must be ${rule}; it is ${shown}.`);
}
