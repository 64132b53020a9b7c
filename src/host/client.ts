import { PluginError } from "../errors.js";
import type { CallOptions } from "../rpc/calls/call-options.js";
import { unknownName } from "../rpc/guard.js";
import { within } from "../transports/ending.js";
import type { PluginExit } from "../transports/transport.js";
import { type Call, callWhileStarting, checkCallOptions } from "./calls.js";
import { deferred } from "./deferred.js";
import { describeExit, quoteTail } from "./exit.js";
import { manage } from "./managed.js";
import { type PluginOptions, type PluginSettings, resolveOptions } from "./options.js";
import { checkRunnable, type PluginCommand, type PluginSource, resolvePlugin } from "./plugin-target.js";
import { type Remote, remoteComponents } from "./remote.js";
import { type ConnectedPlugin, type HandshakeTimings, launchPlugin, type PluginRun } from "./start.js";
import { watchAnswers } from "./unresponsive.js";

/** What a plugin is and serves. */
export interface PluginDescription {
  /** The components with the names of their methods. */
  readonly components: Readonly<Record<string, readonly string[]>>;
  /** The version of portcall that the plugin uses, and of the protocol that both speak. */
  readonly portcall: string;
  readonly protocol: number;
  /** `pid 4711` or `thread 3`. */
  readonly id: string;
  readonly address: string;
}

/** What is going on between a host and a plugin. */
export interface PluginDiagnostics {
  readonly callsInFlight: number;
  /** Functions, signals, streams and objects that are shared by reference; 0 when nothing is. */
  readonly liveChannels: number;
  /** About as many bytes as were sent and not yet read by the plugin. */
  readonly bufferedBytes: number;
}

/** A ready plugin, as a pool sees it. */
export interface ClientLink {
  call(call: Call): Promise<unknown>;
  /** Resolves as soon as nothing more can reach the plugin, before it is known how it ended. */
  readonly lost: Promise<unknown>;
  /** Whether that is so, before the calls in flight are failed. */
  readonly isLost: boolean;
}

/** Starts a client's plugin as `start()` does, for those who call by name: pools. */
export let linkTo: (client: PluginClient<never>) => Promise<ClientLink>;

/** How long a plugin whose session is over may take to end by itself: `serve()` ends one after a second. */
const lingerMs = 2_000;

/**
 * One plugin, started once in its life. Making a client starts nothing.
 *
 * The constructor throws `ERR_OPTION` or `ERR_PORT_RANGE` for bad options, and `ERR_PERMISSION` for what cannot be denied.
 */
export class PluginClient<C = Record<string, Record<string, (...args: unknown[]) => unknown>>> {
  readonly #source: PluginSource;
  readonly #settings: PluginSettings;
  readonly #exit = deferred<PluginExit>();
  #ending: PluginExit | undefined;
  #starting: Promise<ConnectedPlugin> | undefined;
  #killing: Promise<PluginExit> | undefined;
  #run: PluginRun | undefined;
  #connected: ConnectedPlugin | undefined;
  #unresponsive = false;
  #components: Remote<C> | undefined;

  static {
    linkTo = async (client) => {
      const { session } = await client.#start();
      let isLost = false;
      const lost = () => {
        isLost = true;
      };
      return {
        call: (call) => client.#call(call),
        lost: Promise.race([session.ended.then(lost), client.exited.then(lost)]),
        get isLost() {
          return isLost;
        },
      };
    };
  }

  constructor(plugin: string | URL | PluginCommand, options: PluginOptions = {}) {
    this.#source = resolvePlugin(plugin);
    this.#settings = resolveOptions(options);
    void this.exited.then((exit) => {
      this.#ending = exit;
    });
    if (this.#settings.managed) manage(this, this.#settings.logger);
  }

  /**
   * Does the whole handshake, up to a ready session, and resolves with the announced address. Calls share one start.
   *
   * Rejects with `ERR_SPAWN`, `ERR_EXITED_BEFORE_ANNOUNCE`, `ERR_ANNOUNCEMENT`, `ERR_API_VERSION`, `ERR_START_TIMEOUT`,
   * `ERR_CONNECT`, `ERR_AUTHENTICATION` or `ERR_PROTOCOL`, with `ERR_OPTION` or `ERR_PARITY` for what the transport
   * cannot run, and with `ERR_PLUGIN_EXITED` once the plugin was killed or has ended. By then nothing is left of it.
   */
  async start(): Promise<string> {
    return (await this.#start()).address;
  }

  /** The plugin's components. Every method returns a promise; the first use starts the plugin. */
  get components(): Remote<C> {
    this.#components ??= this.with({});
    return this.#components;
  }

  /**
   * The same components, with every call under this signal or deadline. A call that is given up rejects at once with
   * `ERR_ABORTED` or `ERR_CALL_TIMEOUT`. Throws `ERR_OPTION`.
   */
  with(options: CallOptions): Remote<C> {
    checkCallOptions(options);
    const { callTimeoutMs, debug } = this.#settings;
    const timeoutMs = debug ? undefined : (options.timeoutMs ?? callTimeoutMs);
    const bounds = { signal: options.signal, timeoutMs };
    const call = (name: string, args: readonly unknown[]) => this.#call({ name, args, bounds });
    return remoteComponents(this.#source.name, call) as Remote<C>;
  }

  /** Sends one interrupt, which a serving plugin counts and survives. Nothing happens before the launch and after the end. */
  interrupt(): void {
    if (!this.hasExited) this.#run?.interrupts.interrupt();
  }

  /**
   * Asks the plugin to end, waits `killGraceMs`, forces it. Settles within that and a second, and never rejects. Safe
   * before, during and after the start, and twice.
   */
  kill(): Promise<PluginExit> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  /** Settles once, when nothing is left of the plugin, and never rejects. */
  get exited(): Promise<PluginExit> {
    return this.#exit.promise;
  }

  get hasExited(): boolean {
    return this.#ending !== undefined;
  }

  get timings(): HandshakeTimings {
    return { ...(this.#run?.timings ?? { launch: 0, announce: 0, connect: 0, ready: 0, total: 0 }) };
  }

  /** Starts the plugin if need be, and says what it serves. Rejects as `start()` does. */
  async describe(): Promise<PluginDescription> {
    const { ready, address } = await this.#start();
    return { ...ready, address, id: (this.#run as PluginRun).running.id };
  }

  diagnostics(): PluginDiagnostics {
    const session = this.#connected?.session;
    return {
      callsInFlight: session?.inFlight ?? 0,
      liveChannels: session?.liveChannels ?? 0,
      bufferedBytes: session?.bufferedBytes ?? 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #start(): Promise<ConnectedPlugin> {
    this.#starting ??= this.#startOnce();
    if (!this.hasExited && this.#killing === undefined) return this.#starting;
    return this.#starting.then(() => this.exited).then(() => Promise.reject(this.#ended()));
  }

  async #startOnce(): Promise<ConnectedPlugin> {
    if (this.#killing !== undefined) {
      await this.exited;
      throw this.#ended();
    }
    try {
      checkRunnable(this.#source, this.#settings.execArgv);
      this.#run = launchPlugin(this.#source, this.#settings);
    } catch (error) {
      this.#exit.resolve({ how: "never-started", error, stderrTail: "" });
      throw error;
    }
    void this.#run.exited.then(this.#exit.resolve);
    this.#connected = await this.#run.connect();
    void this.#watch(this.#run, this.#connected);
    return this.#connected;
  }

  /** The session and the plugin end together: whichever goes first takes the other along. */
  async #watch({ running, stop, exited, inspected }: PluginRun, { session }: ConnectedPlugin): Promise<void> {
    const endUnresponsive = () => {
      this.#unresponsive = true;
      void stop(0);
    };
    const stopWatching = watchAnswers(
      { name: this.#source.name, id: running.id, ping: session.ping, inspected, end: endUnresponsive },
      this.#settings,
    );
    const end = await Promise.race([session.ended, exited.then(() => undefined)]);
    stopWatching();
    // What portcall refused is the reason. A connection that broke is not: the plugin has ended, and that tells how.
    if (end?.how === "failed" && end.error instanceof PluginError) session.fail(() => end.error);
    const gone = await within(lingerMs, exited);
    session.fail(() => this.#ended());
    session.end();
    if (!gone) await stop(this.#settings.killGraceMs);
  }

  #call(call: Call): Promise<unknown> {
    const connected = this.#connected;
    if (connected === undefined) {
      const { maxMessageBytes } = this.#settings;
      return callWhileStarting(
        call,
        maxMessageBytes,
        () => this.#start(),
        (kept) => this.#call(kept),
      );
    }
    const { name, args, bounds } = call;
    if (!connected.methods.has(name)) return Promise.reject(unknownName(name, connected.ready.components));
    return connected.session.call(name, args, bounds);
  }

  async #kill(): Promise<PluginExit> {
    // A kill during the start finds what was launched; one before it leaves nothing to launch.
    if (this.#run === undefined) this.#exit.resolve({ how: "never-started", stderrTail: "" });
    else await this.#run.stop(this.#settings.killGraceMs);
    return this.exited;
  }

  /** Why a client cannot be used any more. */
  #ended(): PluginError {
    const exit = this.#ending;
    const pending = this.#killing === undefined ? "its session has ended" : "it was killed";
    const why = this.#unresponsive
      ? ` because it did not answer for ${this.#settings.unresponsiveAfterMs} ms`
      : "";
    const how = exit === undefined ? pending : `${describeExit(exit)}${why}`;
    const about = `${this.#source.name}${this.#run === undefined ? "" : ` (${this.#run.running.id})`}`;
    return new PluginError(
      "ERR_PLUGIN_EXITED",
      `The plugin has ended: ${about}, ${how}. A client is started once; load the plugin again. ${quoteTail(exit?.stderrTail ?? "")}`,
      exit === undefined ? {} : { exit },
    );
  }
}
