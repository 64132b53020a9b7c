import { PluginError } from "../../errors.js";
import type { SharingContext } from "../live/contexts.js";
import { type CallScope, callScope } from "./call-scope.js";

/** A call while it runs. */
export interface RunningCall {
  /** `component.method`; of a function that a call shared, the name of that call. */
  readonly name: string;
  /** Aborts when the caller gives up or is gone. */
  readonly signal: AbortSignal;
}

/** Runs a method in the context of its call. */
export type RunInContext = <T>(call: RunningCall, method: () => T) => T;

/** The AbortController of a call is made when somebody asks for the signal: most methods never do. */
export class CallState implements RunningCall {
  readonly channel: number;
  readonly scope: CallScope = callScope();
  name: string;
  isGivenUp = false;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(channel: number, name: string) {
    this.channel = channel;
    this.name = name;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  context(run: RunInContext): SharingContext {
    return {
      scope: this.scope,
      role: "result",
      label: this.name,
      run: (step) => run(this, step),
      interrupt: () =>
        this.#abort(new PluginError("ERR_ABORTED", "The reader of the call's stream has left.")),
    };
  }

  giveUp(reason: Error): void {
    this.isGivenUp = true;
    this.#abort(reason);
    this.scope.end(reason);
  }

  #abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }
}
