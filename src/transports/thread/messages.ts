import type { MessagePort } from "node:worker_threads";
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
  | { readonly type: "child"; readonly pid: number }
  | { readonly type: "child-gone"; readonly pid: number }
  | { readonly type: "signalled"; readonly signal: string };

export type OutputName = "stdout" | "stderr";

/** The worker's `workerData`. The guest takes the port out of it before the plugin can see it. */
export interface ThreadData {
  readonly portcall: MessagePort;
  readonly debug: boolean;
}
