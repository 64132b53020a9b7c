import { wrap } from "comlink/dist/esm/comlink.mjs";
import type { Channel, FrameListener } from "./channels.js";
import { kinds, malformed } from "./frames.js";
import { abortError, type CallOptions, type Outcome, pendingCalls } from "./pending-calls.js";
import { decodeValue, encodeValue } from "./values.js";
import { reviveError } from "./wire-error.js";

/** The calling end of a channel. Every call settles once, whatever becomes of the peer. */
export interface Caller {
  call(method: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** Rejects every call that is in flight, and every later one, with what `reason` makes. */
  end(reason: () => unknown): void;
  readonly inFlight: number;
}

interface ComlinkRequest {
  readonly id: string;
  readonly argumentList: readonly { readonly value: unknown }[];
}

/**
 * comlink's client over a channel. comlink posts each request in the turn of the call, and knows it by a long random
 * id; on the wire it has a small number. `peer` names the far side in stacks.
 */
export function openCaller(open: (listener: FrameListener) => Channel, peer: string): Caller {
  const pending = pendingCalls();
  const client = comlinkClient((request) => post(request));
  let lastId = 0;
  let ended: (() => unknown) | undefined;
  /** The call in whose turn comlink posts. */
  let current: { readonly method: string; readonly options: CallOptions } = { method: "", options: {} };

  const channel = open((frame) => {
    if (frame[1] !== kinds.result && frame[1] !== kinds.error)
      throw malformed("a frame that answers no call");
    const id = frame[2];
    if (id > lastId || id === 0) throw malformed("an answer to a call that was never made");
    pending.settle(id, ({ method }) =>
      frame[1] === kinds.result
        ? { value: decodeValue(frame[3], frame[4]) }
        : { error: () => reviveError(frame[3], `${peer} ${method}`) },
    );
  });
  const post = (request: ComlinkRequest) => {
    const { method, options } = current;
    const settle = (outcome: Outcome) => client.settle(request.id, outcome);
    const refuse = (error: unknown) => queueMicrotask(() => settle({ error: () => error }));
    if (ended !== undefined) return refuse(ended());
    if (options.signal?.aborted) return refuse(abortError(method, options.signal));
    const id = ++lastId;
    try {
      sendCall(
        channel,
        id,
        method,
        request.argumentList.map(({ value }) => value),
      );
    } catch (error) {
      return refuse(error);
    }
    const cancel = () => channel.send([channel.id, kinds.cancel, id], true);
    pending.add(id, { method, settle, cancel }, options);
  };

  return {
    call: (method, args, options = {}) => {
      current = { method, options };
      return client.method(method)(...args);
    },
    end: (reason) => {
      ended ??= reason;
      if (pending.size === 0) return;
      const error = reason();
      pending.settleAll({ error: () => error });
    },
    get inFlight() {
      return pending.size;
    },
  };
}

function sendCall(channel: Channel, id: number, method: string, args: unknown[]): void {
  const { value, patches, flat } = encodeValue(args, "args");
  const list = value as unknown[];
  if (patches === undefined) channel.send([channel.id, kinds.call, id, method, list], flat);
  else channel.send([channel.id, kinds.call, id, method, list, patches], flat);
}

interface ComlinkClient {
  /** The remote function of a method, made once. */
  method(name: string): (...args: unknown[]) => Promise<unknown>;
  settle(id: string, outcome: Outcome): void;
}

function comlinkClient(post: (request: ComlinkRequest) => void): ComlinkClient {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  let deliver: (event: { data: unknown }) => void = () => {};
  const remote = wrap({
    postMessage: (message) => post(message as ComlinkRequest),
    addEventListener: (_type, listener) => {
      deliver = listener;
    },
    removeEventListener: () => {},
  });
  return {
    method: (name) => {
      let method = methods.get(name);
      if (method === undefined) {
        // Parentheses keep a name clear of those that comlink answers itself, such as `bind`.
        method = remote[`${name}()`] as (...args: unknown[]) => Promise<unknown>;
        methods.set(name, method);
      }
      return method;
    },
    settle: (id, outcome) => {
      deliver({
        data:
          "value" in outcome ? { id, type: "RAW", value: outcome.value } : { id, ...throwing(outcome.error) },
      });
    },
  };
}

/**
 * What makes comlink throw: it takes the value out in the turn of the caller, and throws it as it is. An error that is
 * made then has a stack that leads back to the call.
 */
function throwing(error: () => unknown): object {
  const value = {
    isError: false,
    get value() {
      return error();
    },
  };
  return { type: "HANDLER", name: "throw", value };
}
