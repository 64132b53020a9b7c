import { PluginError } from "../errors.js";
import type { Wire, WireEnd } from "../transports/transport.js";
import { type Frame, malformed, parseBatch } from "./frames.js";

/** One conversation of the many on a wire. */
export interface Channel {
  readonly id: number;
  /**
   * Sends a frame. What cannot change any more (`flat`) waits for the end of the tick, with what else is sent in it;
   * the rest is cloned now, as the caller means it. Throws `ERR_UNSERIALIZABLE`.
   */
  send(frame: Frame, flat: boolean): void;
}

export type FrameListener = (frame: Frame) => void;

/** The virtual channels of one wire: what is sent in one tick is one message. */
export interface Channels {
  /** Opens a channel that both ends know by its number. */
  open(id: number, listener: FrameListener): Channel;
  /** Starts to hear the peer. What it sent before waits until now. */
  listen(): void;
  readonly ended: Promise<WireEnd>;
  /** Sends what waits, then ends. */
  end(): void;
}

export function openChannels(wire: Wire): Channels {
  const listeners = new Map<number, FrameListener>();
  let waiting: Frame[] = [];

  const flush = () => {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    wire.postMessage(batch);
  };
  /** Clones now: what failed is this frame alone, the others are on their way. */
  const sendNow = (frame: Frame) => {
    flush();
    try {
      wire.postMessage([frame]);
    } catch (cause) {
      throw unserializable(cause);
    }
  };
  const receive = ({ data }: { readonly data: unknown }) => {
    try {
      for (const frame of parseBatch(data)) {
        const listener = listeners.get(frame[0]);
        if (listener === undefined) throw malformed("a frame for a channel that was never opened");
        listener(frame);
      }
    } catch (error) {
      fail(error as Error);
    }
  };
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    wire.removeEventListener("message", receive);
    wire.close();
  };

  return {
    open: (id, listener) => {
      listeners.set(id, listener);
      return {
        id,
        send: (frame, flat) => {
          if (!flat) {
            sendNow(frame);
            return;
          }
          if (waiting.length === 0) process.nextTick(flush);
          waiting.push(frame);
        },
      };
    },
    listen: () => wire.addEventListener("message", receive),
    ended: wire.closed.then((end) => (failure === undefined ? end : { how: "failed", error: failure })),
    end: () => {
      flush();
      wire.close();
    },
  };
}

function unserializable(cause: unknown): PluginError {
  if (cause instanceof PluginError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError("ERR_UNSERIALIZABLE", `A value cannot be sent: ${reason}.`, { cause });
}
