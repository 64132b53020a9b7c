import { PluginError } from "../../errors.js";

/** What bounds one call. */
export interface CallOptions {
  /** Gives the call up when it aborts, and what the call's streams have not delivered yet. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call is given up, unless it has settled. */
  readonly timeoutMs?: number | undefined;
}

/** The bounds of a call that may have waited before it is sent. */
export interface CallBounds extends CallOptions {
  /** The deadline of which `timeoutMs` is what is left. */
  readonly ofMs?: number | undefined;
}

export function abortError(method: string, signal: AbortSignal): PluginError {
  return new PluginError("ERR_ABORTED", `The call of ${method} was aborted.`, { cause: signal.reason });
}

export function timeoutError(method: string, timeoutMs: number): PluginError {
  return new PluginError(
    "ERR_CALL_TIMEOUT",
    `The call of ${method} took longer than ${Math.round(timeoutMs)} ms. Allow it more time, or look why the plugin is slow.`,
  );
}
