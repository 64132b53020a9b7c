import { PluginError } from "../../errors.js";
import type { SharingContext } from "../live/contexts.js";
import { CallScope } from "./call-scope.js";
import type { Runnable, Settled } from "./comlink-server.js";

/** A call while it runs. */
export interface RunningCall {
  /** `component.method`; of a function that a call shared, the name of that call. */
  readonly label: string;
  /** Aborts when the caller gives up or is gone. */
  readonly signal: AbortSignal;
}

/** Runs a method in the context of its call. */
export type RunInContext = <T>(call: RunningCall, method: () => T) => T;

export type Method = (...args: unknown[]) => unknown;

/** The AbortController of a call is made when somebody asks for the signal: most methods never do. */
export class CallState implements RunningCall, SharingContext, Runnable {
  readonly scope: CallScope = new CallScope();
  readonly role = "result";
  readonly channel: number;
  readonly id: number;
  label: string;
  isGivenUp = false;
  readonly #run: RunInContext;
  #invoke: () => unknown = () => undefined;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(channel: number, id: number, label: string, run: RunInContext) {
    this.channel = channel;
    this.id = id;
    this.label = label;
    this.#run = run;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Takes what `execute` is to run. */
  calls(method: Method, args: readonly unknown[]): this {
    this.#invoke = () => method(...args);
    return this;
  }

  /** A method that returns no promise is not made to wait for one. */
  execute(): Settled | Promise<Settled> {
    try {
      const value = this.#run(this, this.#invoke);
      return isThenable(value) ? settlement(value) : { value };
    } catch (error) {
      return { error };
    }
  }

  run<T>(step: () => T): T {
    return this.#run(this, step);
  }

  interrupt(): void {
    this.#abort(new PluginError("ERR_ABORTED", "The reader of the call's stream has left."));
  }

  giveUp(reason: Error): void {
    this.isGivenUp = true;
    this.#abort(reason);
    this.scope.end(reason);
  }

  #abort(reason: Error): void {
    this.#reason ??= reason;
    const controller = this.#controller;
    // Listeners belong to the call, as what its method starts does.
    if (controller !== undefined) this.#run(this, () => controller.abort(this.#reason));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function"
  );
}

async function settlement(value: PromiseLike<unknown>): Promise<Settled> {
  try {
    return { value: await value };
  } catch (error) {
    return { error };
  }
}
