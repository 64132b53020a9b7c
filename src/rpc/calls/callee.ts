import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { componentsChannel, type Frame, kinds, malformed } from "../frames.js";
import type { ServedMethods } from "../guard.js";
import type { Exports } from "../live/exports.js";
import type { Imports } from "../live/imports.js";
import { released } from "../live/released.js";
import { answerer } from "./answers.js";
import { comlinkServer } from "./comlink-server.js";
import { CallState, type Method, type RunInContext } from "./running-call.js";

/** The serving end of a session. */
export interface Callee {
  /** Takes a call, or that one is given up. */
  receive(frame: Frame): void;
  /** Aborts the signals of the calls that run. */
  end(reason: Error): void;
}

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
    const channel = frame[0];
    const id = frame[2];
    const name = frame[3];
    if (id <= lastId) throw malformed("two calls of the same number");
    lastId = id;
    const state = new CallState(channel, id, channel === componentsChannel ? name : "", run);
    running.set(id, state);
    try {
      const method = find(state, name);
      const args = imports.decode(frame[4], frame[5], { scope: state.scope, role: "argument" });
      server.run(id, state.calls(method, args as unknown[]));
    } catch (error) {
      if (!(error instanceof PluginError) || error.code === "ERR_PROTOCOL") throw error;
      settle(state, { error });
    }
  };
  const find = (state: CallState, name: string): Method => {
    if (state.channel === componentsChannel && served !== undefined) {
      if (!served.has(name)) throw served.unknown(name);
      return served.get(name);
    }
    const methods = exports.methods(state.channel);
    if (methods === undefined) throw released();
    const method = methods.get(name);
    if (method === undefined) throw unknownMethod(name, methods.names);
    state.label = methods.label;
    return method;
  };
  const answer = answerer(channels, exports);
  const settle: typeof answer = (state, settled) => {
    answer(state, settled);
    if (state.scope.hasEnded) running.delete(state.id);
    else state.scope.onEnd(() => running.delete(state.id));
  };
  const server = comlinkServer((id, settled) => {
    const state = running.get(id);
    // A call that was given up is answered by nobody.
    if (state !== undefined) settle(state, settled);
  });
  const giveUp = (state: CallState, reason: Error) => {
    running.delete(state.id);
    state.giveUp(reason);
  };

  return {
    receive: (frame) => {
      if (frame[1] === kinds.call) return receiveCall(frame);
      if (frame[1] !== kinds.cancel) throw malformed("an answer on a channel that only takes calls");
      const state = running.get(frame[2]);
      if (state !== undefined) giveUp(state, new PluginError("ERR_ABORTED", "The caller gave up the call."));
    },
    end: (reason) => {
      for (const state of [...running.values()]) giveUp(state, reason);
    },
  };
}

function unknownMethod(name: string, known: readonly string[]): PluginError {
  return new PluginError(
    "ERR_UNKNOWN_METHOD",
    `What was shared by reference has no method ${JSON.stringify(name)}. It has: ${known.join(", ") || "none"}.`,
  );
}
