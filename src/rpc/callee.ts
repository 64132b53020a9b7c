import { expose } from "comlink/dist/esm/comlink.mjs";
import { PluginError } from "../errors.js";
import type { Channel, FrameListener } from "./channels.js";
import { type Frame, kinds, malformed } from "./frames.js";
import type { ServedMethods } from "./guard.js";
import { decodeValue, encodeValue } from "./values.js";
import { describeError } from "./wire-error.js";

/** A call while it runs. */
export interface RunningCall {
  /** `component.method`. */
  readonly name: string;
  /** Aborts when the caller gives up or is gone. */
  readonly signal: AbortSignal;
}

/** Runs a method in the context of its call. */
export type RunInContext = (call: RunningCall, method: () => unknown) => unknown;

/** The serving end of a channel. */
export interface Callee {
  /** Aborts the signals of the calls that run. */
  end(reason: unknown): void;
  readonly running: number;
}

/** What a method threw: comlink hands it on like any result, and it leaves as an error of ours. */
class Failure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

interface ComlinkResponse {
  readonly id: number;
  readonly value: unknown;
}

/**
 * comlink's server over a channel. It is shown one flat table of the declared methods and never a name of the peer's
 * that is not in it: there is no path to walk, and nothing to read, write or construct.
 */
export function openCallee(
  open: (listener: FrameListener) => Channel,
  served: ServedMethods,
  run: RunInContext,
): Callee {
  const running = new Map<number, CallState>();
  let lastId = 0;
  let deliver: (event: { data: unknown }) => void = () => {};

  const receiveCall = (frame: Frame & { 1: typeof kinds.call }) => {
    const [, , id, name, args, patches] = frame;
    if (id <= lastId) throw malformed("two calls of the same number");
    lastId = id;
    if (!served.has(name)) return replyError(id, served.unknown(name));
    const state = new CallState(name);
    running.set(id, state);
    const argumentList = [state, ...(decodeValue(args, patches) as unknown[])].map(raw);
    deliver({ data: { id, type: "APPLY", path: [name], argumentList } });
  };
  const reply = ({ id, value }: ComlinkResponse) => {
    // A call that was given up is answered by nobody.
    if (!running.delete(id)) return;
    if (value instanceof Failure) return replyError(id, value.error);
    try {
      const result = encodeValue(value, "result");
      channel.send(
        result.patches
          ? [channel.id, kinds.result, id, result.value, result.patches]
          : [channel.id, kinds.result, id, result.value],
        result.flat,
      );
    } catch (error) {
      replyError(id, error);
    }
  };
  const replyError = (id: number, error: unknown) => {
    channel.send([channel.id, kinds.error, id, describeError(error)], false);
  };

  const channel = open((frame) => {
    if (frame[1] === kinds.call) receiveCall(frame);
    else if (frame[1] === kinds.cancel) {
      running.get(frame[2])?.abort(new PluginError("ERR_ABORTED", "The caller gave up the call."));
      running.delete(frame[2]);
    } else throw malformed("an answer on a channel that only takes calls");
  });
  expose(table(served, run), {
    postMessage: (message) => reply(message as ComlinkResponse),
    addEventListener: (_type, listener) => {
      deliver = listener;
    },
    removeEventListener: () => {},
  });

  return {
    end: (reason) => {
      for (const state of running.values()) state.abort(reason);
      running.clear();
    },
    get running() {
      return running.size;
    },
  };
}

/** The AbortController of a call is made when somebody asks for the signal: most methods never do. */
class CallState implements RunningCall {
  readonly name: string;
  #controller: AbortController | undefined;
  #reason: { readonly value: unknown } | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason.value);
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#reason ??= { value: reason };
    this.#controller?.abort(this.#reason.value);
  }
}

function table(served: ServedMethods, run: RunInContext): object {
  const methods = Object.create(null);
  for (const name of served.names) {
    const method = served.get(name);
    methods[name] = async (state: CallState, ...args: unknown[]) => {
      try {
        return await run(state, () => method(...args));
      } catch (error) {
        return new Failure(error);
      }
    };
  }
  return methods;
}

function raw(value: unknown): { type: "RAW"; value: unknown } {
  return { type: "RAW", value };
}
