import { PluginError } from "../errors.js";

/** What bounds one call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call is given up. */
  readonly timeoutMs?: number | undefined;
}

/** How a call ends: with a value, or by throwing what `error` makes, in the turn in which the caller is told. */
export type Outcome = { readonly value: unknown } | { readonly error: () => unknown };

/** A call that was sent and not answered. */
export interface PendingCall {
  readonly method: string;
  readonly settle: (outcome: Outcome) => void;
  /** Tells the plugin that nobody waits any more. */
  readonly cancel: () => void;
}

/** The calls of one channel that are in flight, each settled once. */
export interface PendingCalls {
  /** Keeps a call until it is answered or its signal or deadline ends it. */
  add(id: number, call: PendingCall, options: CallOptions): void;
  /** Settles a call; a late answer, to one that was given up, is dropped. */
  settle(id: number, outcome: (call: PendingCall) => Outcome): void;
  settleAll(outcome: Outcome): void;
  readonly size: number;
}

export function pendingCalls(): PendingCalls {
  const calls = new Map<number, PendingCall & { readonly stopWatching: () => void }>();

  const settle: PendingCalls["settle"] = (id, outcome) => {
    const call = calls.get(id);
    if (call === undefined) return;
    calls.delete(id);
    call.stopWatching();
    call.settle(outcome(call));
  };
  const giveUp = (id: number, error: unknown) => {
    calls.get(id)?.cancel();
    settle(id, () => ({ error: () => error }));
  };
  return {
    add: (id, call, options) => {
      calls.set(id, { ...call, stopWatching: watch(call.method, options, (error) => giveUp(id, error)) });
    },
    settle,
    settleAll: (outcome) => {
      for (const id of [...calls.keys()]) settle(id, () => outcome);
    },
    get size() {
      return calls.size;
    },
  };
}

/** Calls back when the signal aborts or the time is over, until the returned function is called. */
function watch(
  method: string,
  { signal, timeoutMs }: CallOptions,
  giveUp: (error: unknown) => void,
): () => void {
  if (signal === undefined && timeoutMs === undefined) return () => {};
  const aborted = () => giveUp(abortError(method, signal as AbortSignal));
  const late = () => giveUp(timeoutError(method, timeoutMs as number));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  signal?.addEventListener("abort", aborted, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", aborted);
  };
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
