import type { Channels, Refused } from "../channels.js";
import { kinds, valueFrame } from "../frames.js";
import type { EncodedValue } from "../values/encode.js";

/** The producing end of a stream: it runs ahead of its reader by one window and no further. */
export interface StreamSource {
  /** The reader has taken so many items, or asks for the first ones. */
  credit(items: number): void;
  /** The reader wants no more. The producer's `finally` has run when the reader hears the end. */
  cancel(): void;
  /** Nobody reads any more: ends the producer without a word. */
  stop(): void;
}

export interface StreamProducer {
  /** Begins to produce, when somebody reads. */
  iterate(): AsyncIterator<unknown>;
  /** Lets go of what nobody has begun to read. */
  abandon(): unknown;
  /** Runs a step of the producer in the context of its call. */
  run<T>(step: () => T): T;
  encode(item: unknown): EncodedValue;
  encodeError(error: unknown): EncodedValue;
  /** The same, of an error that the wire found too large. */
  encodeBare(error: unknown): EncodedValue;
  /** The producer waits for something while its reader has left: what it waits on may listen to the call's signal. */
  interrupt(): void;
  ended(): void;
}

type StreamKind = typeof kinds.item | typeof kinds.end | typeof kinds.error;

/** Bytes that may be on their way, beside the items that the reader has asked for. */
const windowBytes = 1_048_576;
/** What a producer whose reader has left may take to end, before the reader is told that it has. */
const endingMs = 1_000;

export function streamSource(channel: number, channels: Channels, producer: StreamProducer): StreamSource {
  let state: "open" | "leaving" | "ended" = "open";
  let isProducing = false;
  const { next, leave } = stepsOf(producer);
  const window = itemWindow();

  const send = (kind: StreamKind, encoded: EncodedValue, refused?: Refused) =>
    channels.send(valueFrame(channel, kind, 0, encoded), encoded, refused);
  const finish = (kind: typeof kinds.end | typeof kinds.error, encoded: EncodedValue) => {
    if (state === "ended") return;
    state = "ended";
    send(kind, encoded, (error) => send(kinds.error, producer.encodeBare(error)));
    producer.ended();
  };
  /** What the producer threw, or what could not be sent of what it produced. */
  const fail = (error: unknown) => {
    if (state !== "open") return;
    finish(kinds.error, producer.encodeError(error));
    leaveQuietly();
  };
  const produce = async () => {
    if (isProducing || state !== "open") return;
    isProducing = true;
    try {
      while (state === "open" && window.isOpen) {
        // Credit is what the reader says; what it has read may be less.
        if (!channels.isReadable) await new Promise<void>(channels.whenReadable);
        if (state !== "open") return;
        const { done, value } = await next();
        if (state !== "open") return;
        if (done) return finish(kinds.end, producer.encode(value));
        const encoded = producer.encode(value);
        window.sent(encoded.bytes);
        send(kinds.item, encoded, fail);
      }
    } catch (error) {
      fail(error);
    } finally {
      isProducing = false;
    }
  };
  /** Nobody is left to be told what the producer's end throws. */
  const leaveQuietly = () => void leave().catch(() => {});

  return {
    credit: (items) => {
      window.credit(items);
      void produce();
    },
    cancel: () => {
      if (state !== "open") return;
      state = "leaving";
      const late = setTimeout(() => finish(kinds.end, producer.encode(undefined)), endingMs);
      leave()
        .then((value) => finish(kinds.end, producer.encode(value)))
        .catch((error) => finish(kinds.error, producer.encodeError(error)))
        .finally(() => clearTimeout(late));
    },
    stop: () => {
      if (state === "ended") return;
      state = "ended";
      producer.ended();
      leaveQuietly();
    },
  };
}

/** The producer's iterator, which is made when the first item is asked for. */
function stepsOf(producer: StreamProducer): {
  next(): Promise<IteratorResult<unknown>>;
  /** Runs the producer's `finally`. Resolves with what that returns, rejects with what it throws. */
  leave(): Promise<unknown>;
} {
  let iterator: AsyncIterator<unknown> | undefined;
  let isRunning = false;
  return {
    next: async () => {
      iterator ??= producer.run(producer.iterate);
      isRunning = true;
      try {
        return await producer.run(() => (iterator as AsyncIterator<unknown>).next());
      } finally {
        isRunning = false;
      }
    },
    leave: async () => {
      if (isRunning) producer.interrupt();
      if (iterator === undefined) return void (await producer.run(producer.abandon));
      const result = await producer.run(() => (iterator as AsyncIterator<unknown>).return?.());
      return result?.value;
    },
  };
}

/** What may be sent: items that the reader has asked for, while few enough bytes are on their way. */
function itemWindow(): { readonly isOpen: boolean; sent(bytes: number): void; credit(items: number): void } {
  let credit = 0;
  /** The sizes of what the reader has not taken, oldest first. */
  const sizes: number[] = [];
  let onTheWay = 0;
  return {
    get isOpen() {
      return credit > 0 && onTheWay < windowBytes;
    },
    sent: (bytes) => {
      credit--;
      sizes.push(bytes);
      onTheWay += bytes;
    },
    credit: (items) => {
      credit += items;
      for (const size of sizes.splice(0, items)) onTheWay -= size;
    },
  };
}
