import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { componentsChannel, type Frame, kinds, malformed } from "../frames.js";
import type { ServedMethods } from "../guard.js";
import type { Exports } from "../live/exports.js";
import type { Imports } from "../live/imports.js";
import { released } from "../live/released.js";
import { answerer } from "./answers.js";
import { comlinkServer } from "./comlink-server.js";
import { CallState, type RunInContext } from "./running-call.js";

/** The serving end of a session. */
export interface Callee {
  /** Takes a call, or that one is given up. */
  receive(frame: Frame): void;
  /** Aborts the signals of the calls that run. */
  end(reason: Error): void;
}

type Method = (...args: unknown[]) => unknown;

/** `served` are the components of this side, if it has any. */
export function openCallee(
  channels: Channels,
  exports: Exports,
  imports: Imports,
  served: ServedMethods | undefined,
  run: RunInContext,
): Callee {
  const running = new Map<number, CallState>();
  let lastId = 0;

  const receiveCall = (frame: Frame & { 1: typeof kinds.call }) => {
    const [channel, , id, name, args, patches] = frame;
    if (id <= lastId) throw malformed("two calls of the same number");
    lastId = id;
    const state = new CallState(channel, channel === componentsChannel ? name : "");
    try {
      const { method, label } = find(channel, name);
      state.name = label;
      running.set(id, state);
      state.scope.onEnd(() => running.delete(id));
      const list = imports.decode(args, patches, { scope: state.scope, role: "argument" }) as unknown[];
      server.run(id, async () => {
        try {
          return { value: await run(state, () => method(...list)) };
        } catch (error) {
          return { error };
        }
      });
    } catch (error) {
      if (!(error instanceof PluginError) || error.code === "ERR_PROTOCOL") throw error;
      answer(id, state, { error });
    }
  };
  const find = (channel: number, name: string): { readonly method: Method; readonly label: string } => {
    if (channel === componentsChannel && served !== undefined) {
      if (!served.has(name)) throw served.unknown(name);
      return { method: served.get(name), label: name };
    }
    const methods = exports.methods(channel);
    if (methods === undefined) throw released();
    const method = methods.get(name);
    if (method === undefined) throw unknownMethod(name, methods.names);
    return { method, label: methods.label };
  };
  const answer = answerer(channels, exports, run);
  const server = comlinkServer((id, settled) => {
    const state = running.get(id);
    // A call that was given up is answered by nobody.
    if (state !== undefined) answer(id, state, settled);
  });

  return {
    receive: (frame) => {
      if (frame[1] === kinds.call) receiveCall(frame);
      else if (frame[1] === kinds.cancel)
        running.get(frame[2])?.giveUp(new PluginError("ERR_ABORTED", "The caller gave up the call."));
      else throw malformed("an answer on a channel that only takes calls");
    },
    end: (reason) => {
      for (const state of [...running.values()]) state.giveUp(reason);
    },
  };
}

function unknownMethod(name: string, known: readonly string[]): PluginError {
  return new PluginError(
    "ERR_UNKNOWN_METHOD",
    `What was shared by reference has no method ${JSON.stringify(name)}. It has: ${known.join(", ") || "none"}.`,
  );
}
