import { PluginError } from "../../errors.js";
import { abortError } from "../../rpc/calls/call-options.js";
import { onAbort } from "../../rpc/calls/on-abort.js";
import { snapshot } from "../../rpc/values/snapshot.js";
import { boundsLeft, type Call } from "../calls.js";

/** Runs a call, within what is left of its bounds. */
export type RunCall = (call: Call, waitedMs: number) => Promise<unknown>;

/** The calls that wait for a replica, first come, first served. Each leaves once: run, given up, or ended. */
export interface WaitingCalls {
  /**
   * Resolves and rejects as the call does once it runs, with its arguments as they are now. Rejects with `ERR_QUEUE_FULL`
   * where the most, and so many more, wait already, and with what cannot be sent.
   */
  add(call: Call, more: number): Promise<unknown>;
  /** Runs the first one, in this turn. */
  runFirst(run: RunCall): void;
  /** Rejects all of them. */
  endAll(error: () => unknown): void;
  readonly size: number;
}

/** A link of the list, so that a call may leave from the middle. */
interface Waiting {
  before: Waiting | undefined;
  after: Waiting | undefined;
  readonly start: (run: RunCall) => void;
  readonly fail: (error: unknown) => void;
}

export function waitingCalls(most: number, maxMessageBytes: number): WaitingCalls {
  let first: Waiting | undefined;
  let last: Waiting | undefined;
  let size = 0;

  const append = (waiting: Waiting) => {
    waiting.before = last;
    if (last === undefined) first = waiting;
    else last.after = waiting;
    last = waiting;
    size++;
  };
  const remove = (waiting: Waiting) => {
    const { before, after } = waiting;
    if (before === undefined) first = after;
    else before.after = after;
    if (after === undefined) last = before;
    else after.before = before;
    size--;
  };
  const wait = (call: Call) =>
    new Promise<unknown>((resolve, reject) => {
      const { name, bounds } = call;
      const args = snapshot(call.args, maxMessageBytes);
      const { signal, timeoutMs } = bounds;
      const since = performance.now();
      const leave = () => {
        remove(waiting);
        clearTimeout(timer);
        forget?.();
      };
      const waiting: Waiting = {
        before: undefined,
        after: undefined,
        start: (run) => {
          leave();
          const waited = performance.now() - since;
          resolve(run({ name, args, bounds: boundsLeft(bounds, waited) }, waited));
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const onLate = () => waiting.fail(waitedTooLong(name, timeoutMs as number));
      const timer = timeoutMs === undefined ? undefined : setTimeout(onLate, timeoutMs);
      const forget = signal && onAbort(signal, () => waiting.fail(abortError(name, signal)));
      append(waiting);
    });

  return {
    add: (call, more) => {
      const { name, bounds } = call;
      if (bounds.signal?.aborted) return Promise.reject(abortError(name, bounds.signal));
      return size < most + more ? wait(call) : Promise.reject(queueFull(name, size));
    },
    runFirst: (run) => first?.start(run),
    endAll: (error) => {
      while (first !== undefined) first.fail(error());
    },
    get size() {
      return size;
    },
  };
}

function queueFull(name: string, waiting: number): PluginError {
  return new PluginError(
    "ERR_QUEUE_FULL",
    `The call of ${name} was not queued: no replica has room and ${waiting} calls wait already. Call less at once, or raise maxQueue or replicas.max.`,
  );
}

function waitedTooLong(name: string, timeoutMs: number): PluginError {
  return new PluginError(
    "ERR_CALL_TIMEOUT",
    `The call of ${name} waited ${Math.round(timeoutMs)} ms for a replica and was never run. Allow it more time, or more replicas.`,
  );
}
