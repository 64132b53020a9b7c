import type { MessagePort } from "node:worker_threads";
import type { EnvironmentChange } from "../environment-change.js";
import type { PortRange } from "../transport.js";

/** What host and guest of a thread say to each other beside the session, on a port of their own. */
export type ToGuest =
  | { readonly type: "claimed"; readonly port: number | undefined }
  | { readonly type: "connection"; readonly port: MessagePort }
  | { readonly type: "signal"; readonly signal: "SIGINT" | "SIGTERM" };

export type ToHost =
  | { readonly type: "output"; readonly stream: OutputName; readonly chunk: string | Uint8Array }
  | { readonly type: "output-end"; readonly stream: OutputName }
  | { readonly type: "claim"; readonly range: PortRange }
  | { readonly type: "unclaim" }
  | ChildNews
  | { readonly type: "signalled"; readonly signal: string };

/** What befalls a thread's children. What is being started is a `child` next, which has no id where it failed. */
export type ChildNews =
  | { readonly type: "spawning"; readonly spawning: Spawning }
  | { readonly type: "child"; readonly pid: number | undefined }
  | { readonly type: "child-gone"; readonly pid: number };

/** A child that a thread is about to start. */
export interface Spawning {
  /** As it was asked for: a path, or a name to look for in PATH. */
  readonly file: string;
  /** The first one is the name that the child is given. */
  readonly args: readonly string[];
  /** Seconds on the system's monotonic clock. */
  readonly since: number;
}

/** What a worker of a pool is told when it is given its plugin. */
export interface PooledTask {
  readonly path: string;
  readonly args: readonly string[];
  /** What makes the worker's environment the plugin's. */
  readonly env: EnvironmentChange;
  /** The guest's end of the control port. */
  readonly control: MessagePort;
}

export type OutputName = "stdout" | "stderr";

/** The worker's `workerData`. The guest takes the port out of it before the plugin can see it. */
export interface ThreadData {
  readonly portcall: MessagePort;
  readonly debug: boolean;
}
