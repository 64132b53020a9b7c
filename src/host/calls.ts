import { PluginError } from "../errors.js";
import { abortError, type CallBounds, type CallOptions, timeoutError } from "../rpc/calls/call-options.js";
import { onAbort } from "../rpc/calls/on-abort.js";
import { snapshot } from "../rpc/values/snapshot.js";

/** Refuses what bounds no call. Throws `ERR_OPTION`. */
export function checkCallOptions(options: CallOptions): void {
  if (typeof options !== "object" || options === null)
    throw optionError("its argument must be an object of signal and timeoutMs");
  const { signal, timeoutMs, ...rest } = options as CallOptions & Record<string, unknown>;
  const unknown = Object.keys(rest);
  if (unknown.length > 0)
    throw optionError(`there is no option ${unknown.join(", ")}; there are signal and timeoutMs`);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw optionError("signal must be an AbortSignal");
  const inRange = typeof timeoutMs === "number" && timeoutMs >= 1 && timeoutMs < 2 ** 31;
  if (timeoutMs !== undefined && !inRange)
    throw optionError("timeoutMs must be milliseconds, from 1 to 2147483647");
}

/** A call of `component.method` that is not sent yet. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly bounds: CallBounds;
}

/**
 * A call made before the plugin was ready: its signal and its deadline hold for the start as well, and its arguments are
 * those of this moment. One whose signal has aborted, or whose arguments cannot be sent, starts nothing.
 */
export async function callWhileStarting(
  { name, args, bounds }: Call,
  maxMessageBytes: number,
  start: () => Promise<unknown>,
  send: (call: Call) => Promise<unknown>,
): Promise<unknown> {
  const { signal, timeoutMs } = bounds;
  if (signal?.aborted) throw abortError(name, signal);
  const kept = snapshot(args, maxMessageBytes);
  const since = performance.now();
  let release = () => {};
  const givenUp = new Promise<never>((_resolve, reject) => {
    const timer = timeoutMs && setTimeout(() => reject(timeoutError(name, timeoutMs)), timeoutMs);
    const forget = signal && onAbort(signal, () => reject(abortError(name, signal)));
    release = () => {
      clearTimeout(timer);
      forget?.();
    };
  });
  try {
    await Promise.race([start(), givenUp]);
  } finally {
    release();
  }
  return send({ name, args: kept, bounds: boundsLeft(bounds, performance.now() - since) });
}

/** What is left of a call's bounds when it has waited. Its deadline stays the one that was asked for, in words. */
export function boundsLeft(bounds: CallBounds, waitedMs: number): CallBounds {
  const { timeoutMs, ofMs = timeoutMs } = bounds;
  return timeoutMs === undefined ? bounds : { ...bounds, timeoutMs: Math.max(1, timeoutMs - waitedMs), ofMs };
}

function optionError(what: string): PluginError {
  return new PluginError("ERR_OPTION", `with: ${what}.`);
}
