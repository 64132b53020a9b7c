import type { PluginError } from "../../errors.js";
import type { Frame } from "../frames.js";
import { abortError, type CallOptions, timeoutError } from "./call-options.js";
import type { CallScope } from "./call-scope.js";
import type { Outcome } from "./comlink-client.js";

/** What is called: a method behind a channel, by the name it has in errors. */
export interface CallTarget {
  readonly channel: number;
  readonly method: string;
  readonly label: string;
}

/** A call that was sent and has not ended. */
export interface PendingCall {
  readonly target: CallTarget;
  readonly frame: Frame;
  readonly scope: CallScope;
  /** Settles the call once. What is left of it then are streams. */
  settle(outcome: Outcome): void;
  readonly isSettled: boolean;
  /** Settles the call if need be, and ends what is left of it. */
  end(error: Error): void;
}

/** The calls of a session that were sent and have not ended. */
export interface PendingCalls {
  /** Keeps a call until it has ended by itself, or its signal or deadline ends it: then `onGivenUp` hears of it first. */
  add(
    id: number,
    call: Pick<PendingCall, "target" | "frame" | "scope"> & { readonly done: (outcome: Outcome) => void },
    options: CallOptions,
    onGivenUp: (call: PendingCall) => void,
  ): PendingCall;
  get(id: number): PendingCall | undefined;
  endAll(error: Error): void;
  /** Those that have not settled. */
  readonly inFlight: number;
  /** Those that have not ended. */
  readonly size: number;
}

export function pendingCalls(): PendingCalls {
  const calls = new Map<number, PendingCall>();
  let inFlight = 0;

  return {
    add: (id, { target, frame, scope, done }, { signal, timeoutMs }, onGivenUp) => {
      let isSettled = false;
      let timer: NodeJS.Timeout | undefined;
      const call: PendingCall = {
        target,
        frame,
        scope,
        settle: (outcome) => {
          if (isSettled) return;
          isSettled = true;
          inFlight--;
          clearTimeout(timer);
          done(outcome);
          scope.settled();
        },
        get isSettled() {
          return isSettled;
        },
        end: (error) => {
          call.settle({ error: () => error });
          scope.end(error);
        },
      };
      const giveUp = (error: PluginError) => {
        onGivenUp(call);
        call.end(error);
      };
      if (timeoutMs !== undefined) {
        timer = setTimeout(() => giveUp(timeoutError(target.label, timeoutMs)), timeoutMs);
      }
      if (signal !== undefined) {
        const aborted = () => giveUp(abortError(target.label, signal));
        signal.addEventListener("abort", aborted, { once: true });
        scope.onEnd(() => signal.removeEventListener("abort", aborted));
      }
      calls.set(id, call);
      inFlight++;
      scope.onEnd(() => calls.delete(id));
      return call;
    },
    get: (id) => calls.get(id),
    endAll: (error) => {
      for (const call of [...calls.values()]) call.end(error);
    },
    get inFlight() {
      return inFlight;
    },
    get size() {
      return calls.size;
    },
  };
}
