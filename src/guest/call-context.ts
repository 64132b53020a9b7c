import { AsyncLocalStorage } from "node:async_hooks";
import { PluginError } from "../errors.js";
import type { RunInContext, RunningCall } from "../rpc/calls/running-call.js";
import { shared } from "./shared.js";

/** The call that a method is running for. */
export interface CallContext {
  /** Aborts when the caller gives up or is gone. */
  readonly signal: AbortSignal;
  /** Empty in a function that the plugin gave to a function of the host's. */
  readonly component: string;
  readonly method: string;
}

/** One store for all calls, so that `callContext()` needs no argument. */
const contexts = shared("calls", () => new AsyncLocalStorage<Pick<RunningCall, "label" | "signal">>());

/** The running call, inside a method and in what it awaits or starts. Throws `ERR_OPTION` elsewhere. */
export function callContext(): CallContext {
  const call = contexts.getStore();
  if (call === undefined) {
    throw new PluginError(
      "ERR_OPTION",
      "callContext() was used outside of a call. Use it inside a component's method.",
    );
  }
  const dot = call.label.indexOf(".");
  return {
    component: call.label.slice(0, Math.max(0, dot)),
    method: call.label.slice(dot + 1),
    get signal() {
      return call.signal;
    },
  };
}

export const runInContext: RunInContext = (call, method) => contexts.run(call, method);
