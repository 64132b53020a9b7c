import type { Readable } from "node:stream";

/** One way to run a plugin: how it is started, heard, reached and stopped. Third parties may write one. */
export interface HandshakeTransport {
  /** For logs. Nothing in portcall branches on it. */
  readonly name: string;
  /**
   * Starts a plugin and returns at once. What cannot even be asked for (a command in a thread) throws `ERR_OPTION`;
   * what fails to start settles `exited` with `never-started`.
   */
  launch(request: LaunchRequest): RunningPlugin;
  /**
   * How the replicas of one pool are started, where that is another way. Disposing of it ends what is left of them.
   * Left out: as any other plugin.
   */
  replicas?(): HandshakeTransport & AsyncDisposable;
}

/** What to run, and with what around it. All of it is decided by the host; a transport only carries it out. */
export interface LaunchRequest {
  readonly target: PluginTarget;
  readonly args: readonly string[];
  /** The whole environment of the plugin, the handshake's variables included. */
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv: readonly string[];
  /** Unset: the host's own. */
  readonly cwd: string | undefined;
  readonly stdin: PluginStdin;
  readonly limits: PluginLimits;
  /** Opens an inspector in the plugin before its first line, and lets it tell its address on stderr, as Node does. */
  readonly debug: boolean;
}

/** A module that this Node runs, by absolute path, or any executable. */
export type PluginTarget =
  | { readonly kind: "module"; readonly path: string }
  | { readonly kind: "command"; readonly path: string };

export type PluginStdin = "ignore" | "inherit" | Readable;

/** Bounds of the plugin's JavaScript heap and stack, in MiB. */
export interface PluginLimits {
  /** A whole number, from 8. */
  readonly memoryMb?: number;
  /** From 0.25. */
  readonly stackMb?: number;
}

/** A plugin that was started, until it has ended. */
export interface RunningPlugin {
  /** `pid 4711` or `thread 3`. */
  readonly id: string;
  /** Carries the announcement too: the host takes the first line. Ends before `exited` settles. */
  readonly stdout: Readable;
  /** Ends before `exited` settles. */
  readonly stderr: Readable;
  /** Settles once and never rejects, when the plugin and what it started are gone. */
  readonly exited: Promise<ExitStatus>;
  /** Connects to the address the plugin announced. Rejects with `ERR_CONNECT`. */
  connect(address: PluginAddress): Promise<Wire>;
  /** One SIGINT, or what stands for it. Ignored once the plugin has ended. */
  interrupt(): void;
  /** Asks the plugin to end, waits `graceMs`, forces it. Safe to call twice. Settles within `graceMs` plus one second. */
  stop(graceMs: number): Promise<ExitStatus>;
}

/** How a plugin ended, as its transport sees it. */
export type ExitStatus =
  | { readonly how: "exited"; readonly code: number }
  | { readonly how: "signalled"; readonly signal: string }
  | { readonly how: "crashed"; readonly error: unknown }
  | { readonly how: "killed"; readonly forced: boolean }
  | { readonly how: "out-of-memory" }
  | { readonly how: "stuck" }
  | { readonly how: "never-started"; readonly error?: unknown };

/** How a plugin ended, with the last lines it wrote to stderr. */
export type PluginExit = ExitStatus & { readonly stderrTail: string };

/** A loopback address from an announcement. `text` is what the plugin wrote. */
export interface PluginAddress {
  readonly text: string;
  readonly host: string;
  readonly port: number;
}

/** Ports that a plugin may listen on, both ends included. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** The plugin's end of the same contract. */
export interface HandshakeGuest {
  /** The plugin's environment. The guest's side takes the handshake's secret out of it. */
  readonly env: Record<string, string | undefined>;
  /** Listens on the first free port of the range on 127.0.0.1, in ascending order; `undefined` when none is free. */
  listen(range: PortRange): Promise<Listener | undefined>;
  /** Writes one line to stdout, in order with everything else on stdout. */
  announce(line: string): void;
  /** Calls the listener for every SIGINT from now on, and takes away its default of ending the plugin. */
  onInterrupt(listener: () => void): void;
  /** Resolves when the host asks the plugin to end, by SIGTERM or a stop message, which from now on do not end it. */
  readonly stopRequested: Promise<void>;
  /** Resolves when the host has died, as far as the guest can see it. */
  readonly hostGone: Promise<void>;
}

/** A port that is open for connections. Those that come before there is a listener wait for it. */
export interface Listener {
  /** The real address: `127.0.0.1:10000`. */
  readonly address: string;
  onConnection(listener: (wire: Wire) => void): void;
  /** Refuses further connections. Those that were handed over stay open. */
  close(): void;
}

/**
 * Carries messages in order, once the far side has proven who it is; structurally a comlink `Endpoint`, with an end.
 * A closed wire is silent: posting to it does nothing.
 */
export interface Wire {
  /** Sends a structured-cloneable value. Throws only what the clone throws. */
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  /** Bytes that were posted and not yet taken by the system. */
  readonly bufferedBytes: number;
  /** Whether a view takes only its own bytes along; a port takes all of the buffer behind it. Default: false. */
  readonly carriesViews?: boolean;
  /** Messages that come before the first listener wait for it. */
  addEventListener(type: "message", listener: WireListener): void;
  removeEventListener(type: "message", listener: WireListener): void;
  /**
   * Until it is opened a wire carries only strings of at most 128 characters, and anything else closes it:
   * nothing of an unproven peer is decoded. Afterwards a message of more than `maxMessageBytes` closes it.
   */
  open(maxMessageBytes: number): void;
  /** Settles once and never rejects. */
  readonly closed: Promise<WireEnd>;
  /** Sends what was posted, then ends. Safe to call twice. */
  close(): void;
}

export type WireListener = (event: { readonly data: unknown }) => void;

export type WireEnd = { readonly how: "closed" } | { readonly how: "failed"; readonly error: Error };
