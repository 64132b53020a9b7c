import { onAbort } from "../calls/on-abort.js";
import type { Channels, Refused } from "../channels.js";
import { kinds, valueFrame } from "../frames.js";
import { type Methods, objectMethods } from "../guard.js";
import type { EncodedValue } from "../values/encode.js";
import type { SharingContext } from "./contexts.js";
import { type StreamProducer, type StreamSource, streamSource } from "./stream-source.js";

/** A live value of this side, as the peer reaches it. */
export interface ExportedValue {
  /** Of functions and objects. `label` is the call that shared them. */
  readonly methods?: Methods & { readonly label: string };
  /** Of streams. */
  readonly stream?: StreamSource;
  /** What the patch says beside the channel. */
  readonly about?: unknown;
  /** Lets go of the value. */
  stop(): void;
}

/** What a live value needs of the side that shares it. */
export interface Exporter {
  readonly channels: Channels;
  encode(value: unknown, name: string, context: SharingContext): EncodedValue;
  /** Never throws: of what cannot be sent, the name and the message are. */
  encodeThrown(thrown: unknown, context: SharingContext): EncodedValue;
  /** Never throws, and what it gives always fits: for what the wire found too large. */
  encodeBare(thrown: unknown, context: SharingContext): EncodedValue;
  /** The value has ended by itself: its channel is closed. */
  forget(channel: number): void;
}

export function exportFunction(value: object, { label }: SharingContext): ExportedValue {
  const get = (name: string) => (name === "" ? (value as (...args: unknown[]) => unknown) : undefined);
  return { methods: { names: [""], get, label }, stop: () => {} };
}

export function exportObject(value: object, { label }: SharingContext): ExportedValue {
  const methods = objectMethods(value);
  return { methods: { ...methods, label }, about: methods.names, stop: () => {} };
}

/** Tells when the signal aborts, and why. */
export function exportSignal(
  signal: AbortSignal,
  channel: number,
  context: SharingContext,
  { channels, encodeThrown, encodeBare, forget }: Exporter,
): ExportedValue {
  const tell = (encoded: EncodedValue, refused?: Refused) =>
    channels.send(valueFrame(channel, kinds.error, 0, encoded), encoded, refused);
  const aborted = () => {
    tell(encodeThrown(signal.reason, context), () => tell(encodeBare(signal.reason, context)));
    forget(channel);
  };
  if (!signal.aborted) return { stop: onAbort(signal, aborted) };
  // It has since the walk that met it: the message that names the channel goes first.
  let isStopped = false;
  queueMicrotask(() => {
    if (!isStopped) aborted();
  });
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

/** Items are sent as they are asked for. A stream in a result keeps its call from ending. */
export function exportStream(
  value: object,
  context: SharingContext,
  { channels, encode, encodeThrown, encodeBare, forget }: Exporter,
): (channel: number) => ExportedValue {
  const { scope, role } = context;
  const steps = producing(value);
  return (channel) => {
    const done = role === "result" ? scope.hold() : () => {};
    const stream = streamSource(channel, channels, {
      ...steps,
      run: (step) => context.run(step),
      encode: (item) => encode(item, "item", context),
      encodeError: (error) => encodeThrown(error, context),
      encodeBare: (error) => encodeBare(error, context),
      interrupt: () => {
        if (role === "result" && scope.holds === 1) context.interrupt();
      },
      ended: () => {
        forget(channel);
        done();
      },
    });
    if (role === "result") scope.onEnd(stream.stop);
    return { stream, stop: stream.stop };
  };
}

/**
 * A ReadableStream is locked now, as one that is handed over is, and cancelled if nobody reads it. Any other iterable
 * begins when it is read; a stream of Node's is destroyed if it never is, for it may hold a file.
 */
function producing(value: object): Pick<StreamProducer, "iterate" | "abandon"> {
  const iterate = () => (value as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  if (Object.prototype.toString.call(value) === "[object ReadableStream]") {
    const iterator = iterate();
    return { iterate: () => iterator, abandon: () => iterator.return?.() };
  }
  const { pipe, destroy } = value as { pipe?: unknown; destroy?: unknown };
  const isNodeStream = typeof pipe === "function" && typeof destroy === "function";
  return { iterate, abandon: () => isNodeStream && (value as Destroyable).destroy() };
}

interface Destroyable {
  destroy(): unknown;
}
