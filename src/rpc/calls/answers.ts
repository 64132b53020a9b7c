import type { Channels, Refused } from "../channels.js";
import { kinds, valueFrame } from "../frames.js";
import type { Exports } from "../live/exports.js";
import type { EncodedValue } from "../values/encode.js";
import type { Settled } from "./comlink-server.js";
import type { CallState } from "./running-call.js";

/** Sends what became of a call, unless it was given up. */
export type Answer = (state: CallState, settled: Settled) => void;

/** Results wait for a peer that does not read; errors are short, and always arrive. */
export function answerer(channels: Channels, exports: Exports): Answer {
  const sendResult = (state: CallState, value: unknown) => {
    if (state.isGivenUp) return;
    let encoded: EncodedValue;
    try {
      encoded = exports.encode(value, "result", state);
    } catch (error) {
      return sendError(state, error);
    }
    const frame = valueFrame(state.channel, kinds.result, state.id, encoded);
    channels.send(frame, encoded, (error) => sendError(state, error));
    state.scope.settled();
  };
  const sendError = (state: CallState, error: unknown) => {
    const send = (encoded: EncodedValue, refused?: Refused) =>
      channels.send(valueFrame(state.channel, kinds.error, state.id, encoded), encoded, refused);
    send(exports.encodeThrown(error, state), () => send(exports.encodeBare(error, state)));
    state.scope.settled();
  };
  return (state, settled) => {
    if (state.isGivenUp) return;
    if ("error" in settled) sendError(state, settled.error);
    else if (channels.isReadable) sendResult(state, settled.value);
    else channels.whenReadable(() => sendResult(state, settled.value));
  };
}
