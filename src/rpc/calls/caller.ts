import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { type Frame, kinds, longestName, malformed, mostArguments } from "../frames.js";
import type { Exports } from "../live/exports.js";
import type { Imports } from "../live/imports.js";
import { abortError, type CallBounds } from "./call-options.js";
import { type CallKeeper, type CallTarget, deliver, type Outcome, PendingCall } from "./pending-call.js";

/** The calling end of a session. Every call settles once, whatever becomes of the peer. */
export interface Caller {
  call(target: CallTarget, args: readonly unknown[], options: CallBounds): Promise<unknown>;
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
  const pending = new Map<number, PendingCall>();
  let lastId = 0;
  let inFlight = 0;
  let ended: (() => unknown) | undefined;

  const keeper: CallKeeper = {
    settled: () => void inFlight--,
    givenUp: ({ frame, channel, id }) => {
      // Of a call that has not left yet, the peer hears nothing.
      if (!channels.takeBack(frame as Frame)) channels.send([channel, kinds.cancel, id]);
    },
    ended: ({ id }) => void pending.delete(id),
  };
  const refuseIfOver = ({ label, options: { signal } }: PendingCall) => {
    if (ended !== undefined) throw ended();
    if (signal?.aborted) throw abortError(label, signal);
  };
  const send = (call: PendingCall, method: string, args: readonly unknown[]) => {
    const { label, channel } = call;
    refuseIfOver(call);
    if (method.length > longestName) throw unknownMethod(method);
    if (args.length > mostArguments) throw tooManyArguments(label, args.length);
    if (channels.unread > rules.maxMessageBytes) throw backpressure(label, channels.unread);
    const encoded = exports.encode(args, "args", call);
    // Getters in the arguments may have done anything.
    refuseIfOver(call);
    const list = encoded.value as unknown[];
    call.id = ++lastId;
    call.frame =
      encoded.patches === undefined
        ? [channel, kinds.call, lastId, method, list]
        : [channel, kinds.call, lastId, method, list, encoded.patches];
    pending.set(lastId, call);
    call.watch();
    channels.send(call.frame, encoded, (error) => call.end(error));
  };

  return {
    call: (target, args, options) => {
      if (ended !== undefined) return Promise.reject(ended());
      const outcome = new Promise<Outcome>((tell) => {
        const call = new PendingCall(keeper, target, options, tell);
        inFlight++;
        try {
          send(call, target.method, args);
        } catch (error) {
          call.end(error as Error);
        }
      });
      return outcome.then(deliver);
    },
    receive: (frame) => {
      const id = frame[2] as number;
      if (id > lastId || id === 0) throw malformed("an answer to a call that was never made");
      const call = pending.get(id);
      // A late answer, to a call that was given up.
      if (call === undefined) return imports.drop(frame[4]);
      if (call.isSettled) throw malformed("two answers to one call");
      if (call.channel !== frame[0]) throw malformed("an answer on another channel than its call");
      call.settle(outcomeOf(frame, call, imports, rules.peer));
    },
    end: (reason) => {
      ended ??= reason;
      if (pending.size > 0) {
        const error = reason() as Error;
        for (const call of [...pending.values()]) call.end(error);
      }
    },
    get inFlight() {
      return inFlight;
    },
  };
}

/** What came as an answer. Its live values belong to the call; one that cannot be read ends the call. */
function outcomeOf(frame: Frame, { scope, label }: PendingCall, imports: Imports, peer: string): Outcome {
  const patches = frame[4] as undefined;
  if (frame[1] === kinds.result && patches === undefined) return { value: frame[3] };
  const context = { scope, role: "result" as const };
  try {
    if (frame[1] === kinds.result) return { value: imports.decode(frame[3], patches, context) };
    return { error: imports.decodeThrown(frame[3], patches, context), from: `${peer} ${label}` };
  } catch (error) {
    if (!(error instanceof PluginError) || error.code === "ERR_PROTOCOL") throw error;
    return { error };
  }
}

/** No peer has a method of such a name: each ends the session over it. */
function unknownMethod(method: string): PluginError {
  return new PluginError(
    "ERR_UNKNOWN_METHOD",
    `A method's name has at most ${longestName} characters, and this one ${method.length}.`,
  );
}

function tooManyArguments(label: string, count: number): PluginError {
  return new PluginError(
    "ERR_MESSAGE_TOO_LARGE",
    `The call of ${label} has ${count} arguments; at most ${mostArguments} arguments are sent. Pass a list instead.`,
  );
}

function backpressure(label: string, unread: number): PluginError {
  return new PluginError(
    "ERR_BACKPRESSURE",
    `The call of ${label} was not sent: ${unread} bytes wait for the other side, which does not keep up. Wait for answers before you send more, or raise maxMessageBytes.`,
  );
}
