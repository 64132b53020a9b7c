import type { Frame } from "../frames.js";
import type { SharingContext } from "../live/contexts.js";
import { addNearStack } from "../values/wire-error.js";
import { abortError, type CallBounds, timeoutError } from "./call-options.js";
import { CallScope } from "./call-scope.js";
import { onAbort } from "./on-abort.js";

/** How a call ends. `from` names the far side, for an error that it threw. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown; readonly from?: string };

/** What a call needs of those who sent it. */
export interface CallKeeper {
  /** The caller has been told. */
  settled(): void;
  /** Tells the peer that nobody waits any more. */
  givenUp(call: PendingCall): void;
  /** Nothing is left of the call. */
  ended(call: PendingCall): void;
}

/** What is called: a method behind a channel. `label` is the name that the call has in errors. */
export interface CallTarget {
  readonly channel: number;
  readonly method: string;
  readonly label: string;
}

/** A call from when it is made until it has ended. It settles once. */
export class PendingCall implements SharingContext {
  readonly scope: CallScope = new CallScope();
  readonly role = "argument";
  readonly channel: number;
  readonly label: string;
  readonly options: CallBounds;
  /** 0 until it is sent. */
  id = 0;
  /** Until it is answered. */
  frame: Frame | undefined;
  isSettled = false;
  readonly #keeper: CallKeeper;
  #tell: ((outcome: Outcome) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `tell` is called once, and not held any longer: what it reaches may hold the result, which its user may drop. */
  constructor(
    keeper: CallKeeper,
    { channel, label }: CallTarget,
    options: CallBounds,
    tell: (outcome: Outcome) => void,
  ) {
    this.#keeper = keeper;
    this.channel = channel;
    this.label = label;
    this.options = options;
    this.#tell = tell;
  }

  /** Live values in arguments need no context: their streams run in nobody's call. */
  run<T>(step: () => T): T {
    return step();
  }

  interrupt(): void {}

  /** Lets the call's signal and deadline give it up from now on. */
  watch(): void {
    const { signal, timeoutMs, ofMs = timeoutMs } = this.options;
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.#giveUp(timeoutError(this.label, ofMs as number)), timeoutMs);
    }
    if (signal !== undefined) {
      this.scope.onEnd(onAbort(signal, () => this.#giveUp(abortError(this.label, signal))));
    }
  }

  /** What is left of the call then are the streams in its result. */
  settle(outcome: Outcome): void {
    if (this.isSettled) return;
    this.isSettled = true;
    clearTimeout(this.#timer);
    this.#tell?.(outcome);
    this.#tell = undefined;
    this.frame = undefined;
    this.#keeper.settled();
    this.scope.settled();
    if (this.scope.hasEnded) this.#keeper.ended(this);
    else this.scope.onEnd(() => this.#keeper.ended(this));
  }

  /** Settles the call if need be, and ends what is left of it. */
  end(error: Error): void {
    this.settle({ error });
    this.scope.end(error);
  }

  #giveUp(error: Error): void {
    this.#keeper.givenUp(this);
    this.end(error);
  }
}

/** Runs in the turn in which the caller is told, so the stack that an error gets here leads back to the call. */
export function deliver(outcome: Outcome): unknown {
  if ("value" in outcome) return outcome.value;
  if (outcome.from !== undefined) addNearStack(outcome.error, outcome.from, deliver);
  throw outcome.error;
}
