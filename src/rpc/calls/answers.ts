import type { Channels } from "../channels.js";
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
    const frame = (encoded: EncodedValue) => valueFrame(state.channel, kinds.error, state.id, encoded);
    const encoded = encodeError(error, state);
    channels.send(frame(encoded), encoded, () => {
      const plain = exports.encodeThrown(bare(error), state);
      channels.send(frame(plain), plain);
    });
    state.scope.settled();
  };
  const encodeError = (error: unknown, state: CallState) => {
    try {
      return exports.encodeThrown(error, state);
    } catch {
      // Too large, or too many channels: it arrives without what is in it.
      return exports.encodeThrown(bare(error), state);
    }
  };
  return (state, settled) => {
    if (state.isGivenUp) return;
    if ("error" in settled) sendError(state, settled.error);
    else if (channels.isReadable) sendResult(state, settled.value);
    else channels.whenReadable(() => sendResult(state, settled.value));
  };
}

/** What every wire carries of an error. */
function bare(error: unknown): Error {
  const { name = "Error", message = error, code } = Object(error) as NodeJS.ErrnoException;
  const copy = new Error(String(message).slice(0, 1_000));
  copy.name = String(name).slice(0, 100);
  copy.stack = "";
  return typeof code === "string" ? Object.assign(copy, { code: code.slice(0, 100) }) : copy;
}
