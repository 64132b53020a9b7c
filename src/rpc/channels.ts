import { PluginError } from "../errors.js";
import type { Wire, WireEnd } from "../transports/transport.js";
import { controlChannel, type Frame, kinds, malformed, parseBatch } from "./frames.js";
import type { EncodedValue } from "./values/encode.js";

/** What a frame is, where it is more than a few numbers. */
export type FrameSize = Pick<EncodedValue, "settled" | "bytes" | "moved" | "drop">;

/** Told when a frame could not be sent. */
export type Refused = (error: PluginError) => void;

/** The frames of one wire: what is sent in one tick is one message. */
export interface Channels {
  /**
   * Sends a frame. What cannot change any more (`settled`) waits for the end of the tick, with what else is sent in it;
   * the rest is cloned now, as the caller means it. Never throws; what cannot be sent and has nobody to tell ends the
   * session.
   */
  send(frame: Frame, size?: FrameSize, refused?: Refused): void;
  /** Takes back a frame that has not left yet; false where it has. */
  takeBack(frame: Frame): boolean;
  /** Starts to hear the peer. What it sent before waits until now. An error that is thrown here ends the session. */
  listen(onFrame: (frame: Frame) => void): void;
  /** Resolves when the peer has read all that was sent before. Never settles once the session has ended. */
  ping(): Promise<void>;
  /** About as many bytes as were sent and not yet read by the peer. */
  readonly unread: number;
  /** Whether the peer has caught up enough to be sent more. */
  readonly isReadable: boolean;
  /** Calls back when it has, in the order of asking. */
  whenReadable(send: () => void): void;
  readonly ended: Promise<WireEnd>;
  /** Sends what waits, then ends. */
  end(): void;
}

/** Frames up to this size wait for the end of the tick. */
const mostToWait = 65_536;
/** After so many bytes the peer is asked whether it has read them. */
const bytesPerPing = 1_048_576;
/** More than this unread, and results wait. */
const mostUnread = 16_777_216;

const small: FrameSize = { settled: true, bytes: 48, moved: undefined };

export function openChannels(wire: Wire, maxMessageBytes: number): Channels {
  const ping = pinger((frame) => send(frame));
  const flow = flowControl(ping.ping, (unread) => {
    if (Math.max(unread, wire.bufferedBytes) > 2 * (maxMessageBytes + mostUnread)) fail(deaf());
  });
  const mostInBatch = Math.min(bytesPerPing, maxMessageBytes / 8);
  let waiting: Frame[] = [];
  let waitingRefused: Refused[] = [];
  let waitingBytes = 0;
  let failure: Error | undefined;

  const fail = (error: Error) => {
    failure ??= error;
    wire.close();
  };
  const post = (frame: Frame, moved: ArrayBuffer[] | undefined, refused: Refused) => {
    try {
      wire.postMessage([frame], moved);
    } catch (cause) {
      refused(unsendable(cause));
    }
  };
  const flush = () => {
    if (waiting.length === 0) return;
    const [frames, refused] = [waiting, waitingRefused];
    [waiting, waitingRefused, waitingBytes] = [[], [], 0];
    try {
      wire.postMessage(frames);
    } catch {
      // One of them cannot be sent: the others are on their way all the same.
      for (const [i, frame] of frames.entries()) post(frame, undefined, refused[i] as Refused);
    }
  };
  const send = (frame: Frame, size: FrameSize = small, refused: Refused = fail) => {
    if (!size.settled || size.bytes > mostToWait) {
      flush();
      post(frame, size.moved, dropping(size, refused));
    } else {
      if (waiting.length === 0) process.nextTick(flush);
      else if (waitingBytes + size.bytes > mostInBatch) flush();
      waiting.push(frame);
      waitingRefused.push(dropping(size, refused));
      waitingBytes += size.bytes;
    }
    flow.sent(size.bytes);
  };

  return {
    send,
    takeBack: (frame) => {
      const at = waiting.lastIndexOf(frame);
      if (at < 0) return false;
      waiting.splice(at, 1);
      waitingRefused.splice(at, 1);
      return true;
    },
    listen: (onFrame) => {
      const receive = ({ data }: { readonly data: unknown }) => {
        try {
          for (const frame of parseBatch(data)) if (!ping.receive(frame)) onFrame(frame);
        } catch (error) {
          wire.removeEventListener("message", receive);
          fail(error instanceof PluginError ? error : unusable(error));
        }
      };
      wire.addEventListener("message", receive);
    },
    ping: ping.ping,
    get unread() {
      return Math.max(wire.bufferedBytes, flow.unread);
    },
    get isReadable() {
      return flow.isReadable;
    },
    whenReadable: flow.whenReadable,
    ended: wire.closed.then((end) => (failure === undefined ? end : { how: "failed", error: failure })),
    end: () => {
      flush();
      wire.close();
    },
  };
}

/** What a message shares is let go of where it is not sent. */
function dropping({ drop }: FrameSize, refused: Refused): Refused {
  if (drop === undefined) return refused;
  return (error) => {
    drop();
    refused(error);
  };
}

/** Pings of ours and answers to the peer's. Frames are read in their order, so a pong speaks for all before it. */
function pinger(send: (frame: Frame) => void): {
  ping(): Promise<void>;
  /** Whether the frame was one of these. */
  receive(frame: Frame): boolean;
} {
  const asked: (() => void)[] = [];
  return {
    ping: () =>
      new Promise((resolve) => {
        asked.push(resolve);
        send([controlChannel, kinds.notice, "ping", true]);
      }),
    receive: (frame) => {
      if (frame[1] !== kinds.notice) return false;
      if (frame[2] === "ping") send([controlChannel, kinds.notice, "pong", true]);
      else if (frame[2] !== "pong") return false;
      else {
        const answered = asked.shift();
        if (answered === undefined) throw malformed("an answer to no ping");
        answered();
      }
      return true;
    },
  };
}

/** Counts what the peer has not read: no wire tells, for a port hides its queue and a system keeps some of a socket's. */
function flowControl(
  ping: () => Promise<void>,
  /** Told after every mebibyte. */
  onSent: (unread: number) => void,
): {
  sent(bytes: number): void;
  readonly unread: number;
  readonly isReadable: boolean;
  whenReadable(send: () => void): void;
} {
  let sinceAsked = 0;
  let unread = 0;
  const held: (() => void)[] = [];
  const wasRead = (bytes: number) => {
    unread -= bytes;
    while (unread <= mostUnread && held.length > 0) held.shift()?.();
  };
  return {
    sent: (bytes) => {
      sinceAsked += bytes;
      if (sinceAsked < bytesPerPing) return;
      const asked = sinceAsked;
      sinceAsked = 0;
      unread += asked;
      void ping().then(() => wasRead(asked));
      onSent(unread);
    },
    get unread() {
      return unread;
    },
    get isReadable() {
      return unread <= mostUnread && held.length === 0;
    },
    whenReadable: (send) => void held.push(send),
  };
}

/** What no check has foreseen ends the session too. */
function unusable(cause: unknown): PluginError {
  return new PluginError(
    "ERR_PROTOCOL",
    "The peer sent a message that cannot be used. The session ends; check that both ends are portcall.",
    { cause },
  );
}

/** Calls, results and items are held back long before. What is left are answers to a peer that asks and does not listen. */
function deaf(): PluginError {
  return new PluginError(
    "ERR_BACKPRESSURE",
    "The peer asks for answers and reads none: more than twice maxMessageBytes wait for it. The session ends.",
  );
}

function unsendable(cause: unknown): PluginError {
  if (cause instanceof PluginError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError("ERR_UNSERIALIZABLE", `A value cannot be sent: ${reason}.`, { cause });
}
