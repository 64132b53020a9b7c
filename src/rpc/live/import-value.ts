import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { type Frame, isNameList, kinds, malformed, type Patch } from "../frames.js";
import type { MessageContext } from "./contexts.js";
import type { HandleLife } from "./handle-life.js";
import { remoteFunction, remoteProxy } from "./remote-object.js";
import { readableStream, type StreamSink, streamReader, streamSink } from "./stream-sink.js";

/** What this side keeps of a live value of the peer's. It does not hold what the user holds, which may be collected. */
export interface Handle {
  readonly life: HandleLife;
  /** Takes what the peer says on the channel; unset where it says nothing. */
  receive?(frame: Frame): void;
  /** The handle cannot be used any more: its call or its session has ended, or it was disposed of. */
  cut?(reason: () => unknown): void;
  /** The session has ended. */
  abort?(reason: () => unknown): void;
}

/** A handle, and the value that the user is given for it. */
export interface ImportedValue {
  readonly value: object;
  readonly handle: Handle;
}

/** What a live value needs of the side that holds it. */
export interface Importer {
  readonly channels: Channels;
  call(channel: number, method: string, args: readonly unknown[]): Promise<unknown>;
  decode(value: unknown, patches: readonly Patch[] | undefined, context: MessageContext): unknown;
  decodeThrown(thrown: unknown, patches: readonly Patch[] | undefined, context: MessageContext): unknown;
}

export function importFunction(channel: number, life: HandleLife, { call }: Importer): ImportedValue {
  return { value: remoteFunction(callAlive(channel, life, call), life.dispose), handle: { life } };
}

export function importObject(
  channel: number,
  methods: unknown,
  life: HandleLife,
  { call }: Importer,
): ImportedValue {
  if (!isNameList(methods)) throw malformed("an object without a list of its methods");
  return { value: remoteProxy(methods, callAlive(channel, life, call), life.dispose), handle: { life } };
}

/**
 * The signal aborts when its original does, and when the other side is gone. It is held until then or until it is
 * disposed of, for whoever listens to it need not hold it.
 */
export function importSignal(life: HandleLife, context: MessageContext, importer: Importer): ImportedValue {
  const controller = new AbortController();
  Object.defineProperty(controller.signal, Symbol.dispose, { value: life.dispose });
  const receive = (frame: Frame) => {
    if (frame[1] !== kinds.error) throw malformed("something of a signal that is no abort");
    life.close();
    controller.abort(importer.decodeThrown(frame[3], frame[4], context));
  };
  return {
    value: controller.signal,
    handle: { life, receive, abort: (reason) => controller.abort(reason()) },
  };
}

/** A stream in a result keeps its call from ending. */
export function importStream(
  kind: "iterable" | "stream",
  channel: number,
  life: HandleLife,
  context: MessageContext,
  importer: Importer,
): ImportedValue {
  const { scope, role } = context;
  const { channels } = importer;
  const sink = streamSink({
    credit: (items) => channels.send([channel, kinds.credit, items]),
    cancel: () => channels.send([channel, kinds.cancel, 0]),
  });
  const done = role === "result" ? scope.hold() : () => {};
  if (role === "result") {
    scope.onEnd((reason) => {
      if (reason !== undefined) sink.cut(() => reason);
      life.dispose();
    });
  }
  const reader = streamReader(sink);
  const receive = (frame: Frame) => {
    if (readStream(frame, sink, context, importer)) return;
    life.close();
    done();
  };
  const cut = (reason: () => unknown) => {
    sink.cut(reason);
    done();
  };
  return { value: kind === "stream" ? readableStream(reader) : reader, handle: { life, receive, cut } };
}

/** Hands a frame of the producer's to the reader. Returns whether more may come. */
function readStream(frame: Frame, sink: StreamSink, context: MessageContext, importer: Importer): boolean {
  try {
    switch (frame[1]) {
      case kinds.item:
        sink.item(importer.decode(frame[3], frame[4], context));
        return true;
      case kinds.end:
        sink.end(importer.decode(frame[3], frame[4], context));
        return false;
      case kinds.error: {
        const thrown = importer.decodeThrown(frame[3], frame[4], context);
        sink.fail(() => thrown);
        return false;
      }
      default:
        throw malformed("something of a stream that is no item");
    }
  } catch (error) {
    // An item that cannot be read here fails the stream; one that no peer sends, the session.
    if (!(error instanceof PluginError) || error.code === "ERR_PROTOCOL") throw error;
    sink.fail(() => error);
    return false;
  }
}

function callAlive(channel: number, life: HandleLife, call: Importer["call"]) {
  return async (method: string, args: readonly unknown[]): Promise<unknown> => {
    life.check();
    return call(channel, method, args);
  };
}
