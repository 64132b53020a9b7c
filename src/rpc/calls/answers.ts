import type { Channels } from "../channels.js";
import { kinds, valueFrame } from "../frames.js";
import type { Exports } from "../live/exports.js";
import type { EncodedValue } from "../values/encode.js";
import type { Settled } from "./comlink-server.js";
import type { CallState, RunInContext } from "./running-call.js";

/** Sends what became of a call, unless it was given up. */
export type Answer = (id: number, state: CallState, settled: Settled) => void;

/** Results wait for a peer that does not read; errors are short, and always arrive. */
export function answerer(channels: Channels, exports: Exports, run: RunInContext): Answer {
  const sendResult = (id: number, state: CallState, value: unknown) => {
    if (state.isGivenUp) return;
    const refused = (error: unknown) => sendError(id, state, error);
    let encoded: EncodedValue;
    try {
      encoded = exports.encode(value, "result", state.context(run));
    } catch (error) {
      return refused(error);
    }
    channels.send(valueFrame(state.channel, kinds.result, id, encoded), { ...encoded, refused });
    state.scope.settled();
  };
  const sendError = (id: number, state: CallState, error: unknown) => {
    const frame = (encoded: EncodedValue) => valueFrame(state.channel, kinds.error, id, encoded);
    const encoded = encodeError(error, state);
    const refused = () => channels.send(frame(exports.encodeThrown(bare(error), state.context(run))));
    channels.send(frame(encoded), { ...encoded, refused });
    state.scope.settled();
  };
  const encodeError = (error: unknown, state: CallState) => {
    try {
      return exports.encodeThrown(error, state.context(run));
    } catch {
      // Too large, or too many channels: it arrives without what is in it.
      return exports.encodeThrown(bare(error), state.context(run));
    }
  };
  return (id, state, settled) => {
    if (state.isGivenUp) return;
    if ("error" in settled) sendError(id, state, settled.error);
    else channels.whenReadable(() => sendResult(id, state, settled.value));
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
