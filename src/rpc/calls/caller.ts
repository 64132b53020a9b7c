import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { type Frame, kinds, malformed } from "../frames.js";
import type { Exports } from "../live/exports.js";
import type { Imports } from "../live/imports.js";
import { addNearStack } from "../values/wire-error.js";
import { abortError, type CallOptions } from "./call-options.js";
import { callScope } from "./call-scope.js";
import { comlinkClient, type Outcome } from "./comlink-client.js";
import { type CallTarget, type PendingCall, pendingCalls } from "./pending-calls.js";

/** The calling end of a session. Every call settles once, whatever becomes of the peer. */
export interface Caller {
  call(target: CallTarget, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** Takes the answer to a call. */
  receive(frame: Frame): void;
  /** Rejects every call that is in flight, and every later one, with what `reason` makes. */
  end(reason: () => unknown): void;
  readonly inFlight: number;
}

export interface CallerRules {
  /** Names the far side in stacks. */
  readonly peer: string;
  readonly maxMessageBytes: number;
}

export function openCaller(
  channels: Channels,
  exports: Exports,
  imports: Imports,
  rules: CallerRules,
): Caller {
  const pending = pendingCalls();
  const client = comlinkClient();
  let lastId = 0;
  let ended: (() => unknown) | undefined;

  /** The peer is told, unless it has not heard of the call yet. */
  const tellGivenUp = (id: number, { frame, target }: PendingCall) => {
    if (!channels.takeBack(frame)) channels.send([target.channel, kinds.cancel, id]);
  };
  const send = (
    target: CallTarget,
    args: readonly unknown[],
    options: CallOptions,
    done: (outcome: Outcome) => void,
  ) => {
    const { channel, method, label } = target;
    if (ended !== undefined) throw ended();
    if (options.signal?.aborted) throw abortError(label, options.signal);
    if (channels.unread > rules.maxMessageBytes) throw backpressure(label, channels.unread);
    const scope = callScope();
    const encoded = exports.encode(args, "args", { ...argumentsOfCall, scope, label });
    const id = ++lastId;
    const list = encoded.value as unknown[];
    const frame: Frame =
      encoded.patches === undefined
        ? [channel, kinds.call, id, method, list]
        : [channel, kinds.call, id, method, list, encoded.patches];
    const call = pending.add(id, { target, frame, scope, done }, options, (call) => tellGivenUp(id, call));
    channels.send(frame, { ...encoded, refused: call.end });
  };
  /** What came as an answer. Its live values belong to the call; one that cannot be read ends the call. */
  const outcomeOf = (frame: Frame, { scope, target }: PendingCall): Outcome => {
    const context = { scope, role: "result" as const };
    try {
      if (frame[1] === kinds.result) return { value: imports.decode(frame[3], frame[4], context) };
      const thrown = imports.decodeThrown(frame[3], frame[4] as undefined, context);
      return { error: () => addNearStack(thrown, `${rules.peer} ${target.label}`) };
    } catch (error) {
      if (!(error instanceof PluginError) || error.code === "ERR_PROTOCOL") throw error;
      return { error: () => error };
    }
  };

  return {
    call: (target, args, options = {}) =>
      client.call((done) => {
        try {
          send(target, args, options, done);
        } catch (error) {
          queueMicrotask(() => done({ error: () => error }));
        }
      }),
    receive: (frame) => {
      const id = frame[2] as number;
      if (id > lastId || id === 0) throw malformed("an answer to a call that was never made");
      const call = pending.get(id);
      // A late answer, to a call that was given up.
      if (call === undefined) return imports.drop(frame[4] as undefined);
      if (call.isSettled) throw malformed("two answers to one call");
      if (call.target.channel !== frame[0]) throw malformed("an answer on another channel than its call");
      call.settle(outcomeOf(frame, call));
    },
    end: (reason) => {
      ended ??= reason;
      if (pending.size > 0) pending.endAll(reason() as Error);
    },
    get inFlight() {
      return pending.inFlight;
    },
  };
}

/** Live values in arguments need no context: their streams run in nobody's call. */
const argumentsOfCall = {
  role: "argument",
  run: <T>(step: () => T): T => step(),
  interrupt: (): void => {},
} as const;

function backpressure(label: string, unread: number): PluginError {
  return new PluginError(
    "ERR_BACKPRESSURE",
    `The call of ${label} was not sent: ${unread} bytes wait for the other side, which does not keep up. Wait for answers before you send more, or raise maxMessageBytes.`,
  );
}
