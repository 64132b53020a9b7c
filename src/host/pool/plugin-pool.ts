import { PluginError } from "../../errors.js";
import type { CallOptions } from "../../rpc/calls/call-options.js";
import type { PluginExit } from "../../transports/transport.js";
import { checkCallOptions } from "../calls.js";
import { PluginClient } from "../client.js";
import { deferred } from "../deferred.js";
import { manage } from "../managed.js";
import { type PluginCommand, resolvePlugin } from "../plugin-target.js";
import { type Remote, remoteComponents } from "../remote.js";
import { type Dispatcher, dispatcher } from "./dispatcher.js";
import {
  type PluginPoolOptions,
  type PoolSettings,
  type RestartOptions,
  replicaOptions,
  resolveDrainMs,
  resolvePoolOptions,
} from "./options.js";
import { type Replicas, replicaSet } from "./replicas.js";
import { durations, type PluginPoolStats } from "./statistics.js";

/**
 * Replicas of one plugin behind the same components, in every mode. Each call goes to the least busy replica or waits
 * for one, and is run at most once. What a call brings back by reference stays with the replica that made it. A replica
 * that dies fails the calls it had, with `ERR_PLUGIN_EXITED`, and is replaced. Making a pool starts nothing.
 *
 * The constructor throws `ERR_OPTION` or `ERR_PORT_RANGE` for bad options.
 */
export class PluginPool<C = Record<string, Record<string, (...args: unknown[]) => unknown>>> {
  readonly #name: string;
  readonly #settings: PoolSettings;
  readonly #calls: Dispatcher;
  readonly #replicas: Replicas;
  readonly #disposeTransport: () => PromiseLike<void>;
  readonly #waits = durations();
  readonly #runs = durations();
  readonly #exit = deferred<PluginExit>();
  #components: Remote<C> | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #reason: (() => PluginError) | undefined;

  constructor(plugin: string | URL | PluginCommand, options: PluginPoolOptions = {}) {
    const settings = resolvePoolOptions(options);
    const { callsPerReplica, maxQueue } = settings;
    const own = settings.plugin.transport.replicas?.();
    const launched = replicaOptions({ ...settings.plugin, transport: own ?? settings.plugin.transport });
    const { target, args, name } = resolvePlugin(plugin);
    const given = target.kind === "module" ? target.path : { command: target.path, args };
    this.#name = name;
    this.#settings = settings;
    this.#disposeTransport = async () => own?.[Symbol.asyncDispose]();
    this.#calls = dispatcher({
      callsPerReplica,
      maxQueue,
      maxMessageBytes: settings.plugin.maxMessageBytes,
      waits: this.#waits,
      onPressure: () => this.#replicas.fill(),
    });
    this.#replicas = replicaSet({
      ...settings,
      name: this.#name,
      logger: settings.plugin.logger,
      dispatcher: this.#calls,
      runs: this.#runs,
      makeClient: () => new PluginClient<never>(given, launched),
      onGivenUp: (error, exit) => this.#end(() => error, exit),
    });
    if (settings.managed) manage(this, settings.plugin.logger);
  }

  /**
   * Starts the fewest replicas. Resolves when each of them was tried and one is ready; those that failed are tried
   * again, later each time. With `min: 0` it starts none.
   *
   * Rejects when starts have failed five times in a row, those under way at once being one, and no replica works: the
   * pool has given up, and is of no more use.
   * The error has the code of the last failure, which is its cause. Rejects with `ERR_PLUGIN_EXITED` after `kill()`.
   */
  async start(): Promise<void> {
    this.#replicas.fill();
    const ended = this.exited.then(() => {
      throw this.#reason?.();
    });
    ended.catch(() => {});
    if (this.#reason !== undefined) await ended;
    if (this.#settings.min > 0) await Promise.race([this.#replicas.started(), ended]);
  }

  /** The plugin's components. Every method returns a promise; the first use starts the pool. */
  get components(): Remote<C> {
    this.#components ??= this.with({});
    return this.#components;
  }

  /**
   * The same components, with every call under this signal or deadline, which hold while the call waits, too. A call
   * that is given up rejects at once with `ERR_ABORTED` or `ERR_CALL_TIMEOUT`. Throws `ERR_OPTION`.
   */
  with(options: CallOptions): Remote<C> {
    checkCallOptions(options);
    const { callTimeoutMs, plugin } = this.#settings;
    const timeoutMs = plugin.debug ? undefined : (options.timeoutMs ?? callTimeoutMs);
    const bounds = { signal: options.signal, timeoutMs };
    const call = (name: string, args: readonly unknown[]) => this.#calls.call({ name, args, bounds });
    return remoteComponents(this.#name, call) as Remote<C>;
  }

  stats(): PluginPoolStats {
    const replicas = this.#replicas.stats();
    return {
      waiting: this.#calls.waiting,
      running: replicas.reduce((sum, { running }) => sum + running, 0),
      replicas,
      restarts: this.#replicas.restarts,
      waitMs: this.#waits.stats(),
      runMs: this.#runs.stats(),
    };
  }

  /**
   * Replaces the replicas one by one, while calls go on: each gets a successor first, then no more calls, and ends when
   * it has answered those it has and shares no object or stream with this host, or after `drainMs`, 60000 by default.
   * Resolves when none of those is left that were there at the time of the call. Restarts follow one another.
   *
   * Rejects with what the start of a successor rejects with; the replicas that are not yet replaced stay. Rejects with
   * `ERR_PLUGIN_EXITED` once the pool was killed, and with `ERR_OPTION`.
   */
  async restart(options: RestartOptions = {}): Promise<void> {
    const drainMs = resolveDrainMs(options);
    const restart = () => {
      if (this.#reason !== undefined) throw this.#reason();
      return this.#replicas.restart(drainMs);
    };
    this.#restarting = this.#restarting.then(restart, restart);
    return this.#restarting;
  }

  /**
   * Ends all replicas as the kill of a client does, within `killGraceMs` and a second, and rejects every call that waits
   * or runs, and all later ones, with `ERR_PLUGIN_EXITED`. Never rejects. Safe before, during and after the start, and
   * twice.
   */
  kill(): Promise<PluginExit> {
    if (this.#reason === undefined) this.#end(() => wasKilled(this.#name));
    return this.exited;
  }

  /**
   * Settles once, when no replica is left after `kill()` or because the pool has given up, and never rejects. After a
   * kill it is `killed`, or `never-started` where no replica ever was; else how the last one to start ended.
   */
  get exited(): Promise<PluginExit> {
    return this.#exit.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  /** `last` is how the one replica ended whose failed start is the reason. */
  #end(reason: () => PluginError, last?: Promise<PluginExit>): void {
    const hasServed = this.#runs.stats().count > 0;
    this.#reason = reason;
    this.#calls.end(reason);
    void this.#replicas.end().then(async (exits) => {
      await this.#disposeTransport();
      this.#exit.resolve(last === undefined ? exitOf(exits, hasServed) : await last);
    });
  }
}

/** How a pool was killed, by the ends of the replicas that it still had. */
function exitOf(exits: readonly PluginExit[], hasServed: boolean): PluginExit {
  const started = exits.filter(({ how }) => how !== "never-started");
  const [stuck] = started.filter(({ how }) => how === "stuck");
  if (stuck !== undefined) return stuck;
  const last = started.at(-1);
  if (last === undefined) {
    return hasServed
      ? { how: "killed", forced: false, stderrTail: "" }
      : { how: "never-started", stderrTail: "" };
  }
  const forced = started.some((exit) => exit.how === "killed" && exit.forced);
  return { how: "killed", forced, stderrTail: last.stderrTail };
}

function wasKilled(name: string): PluginError {
  return new PluginError("ERR_PLUGIN_EXITED", `The pool of ${name} was killed. Make a new one.`);
}
