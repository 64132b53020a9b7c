import { PluginError } from "../../errors.js";

/**
 * Frames on a socket: a big-endian u32 that counts the payload's bytes, one byte of kind, the payload.
 * docs/handshake.md has the table for other languages.
 */
export const frameKind = {
  /** UTF-8 text: the halves of the secret. */
  text: 0,
  /** A value in V8's structured clone format. */
  v8: 1,
  /** A value as JSON, from a peer that reads V8's format too. */
  json: 2,
  /** A value as JSON, from a peer that reads nothing else: it must be answered in JSON. */
  jsonOnly: 3,
  /** A u32 that counts large bytes, a value in V8's format without them, and the bytes: they arrive in memory of their own. */
  withBytes: 4,
} as const;

export const headerBytes = 5;
/** Of the count of the bytes in a frame that has large ones. */
export const countBytes = 4;

/** Room for a frame's header at the front of a payload that is being built. */
export function emptyHeader(): Buffer {
  return Buffer.alloc(headerBytes);
}

/** Fills in the header at the front of a whole frame. */
export function fillHeader(frame: Buffer, kind: number): Buffer {
  frame.writeUInt32BE(frame.length - headerBytes, 0);
  frame[4] = kind;
  return frame;
}

export function textFrame(kind: number, text: string): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + Buffer.byteLength(text));
  frame.write(text, headerBytes);
  return fillHeader(frame, kind);
}

export interface FrameReader {
  /** Takes what came from the socket and hands over each whole frame. Throws `ERR_PROTOCOL` or `ERR_MESSAGE_TOO_LARGE`. */
  push(chunk: Buffer): void;
  /** The most bytes a payload may have from now on. */
  limit(maxBytes: number): void;
}

/** A payload above this is put together where it will stay, as its chunks come; smaller ones when they are whole. */
const largePayload = 4_194_304;

/** Takes a whole frame: `bytes` are those behind the payload, where the frame is of such a kind. */
type OnFrame = (kind: number, payload: Buffer, bytes?: Buffer) => void;

/** Cuts a stream of chunks into frames. A length over the limit is refused before any of its bytes are kept. */
export function frameReader(maxBytes: number, onFrame: OnFrame): FrameReader {
  let limit = maxBytes;
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;
  let large: LargeFrame | undefined;

  /** Hands over the whole frames at the front, and returns what is left. */
  const drain = (bytes: Buffer): Buffer => {
    let rest = bytes;
    for (;;) {
      needed = headerBytes;
      if (rest.length < headerBytes) return rest;
      const length = rest.readUInt32BE(0);
      const kind = rest[4] as number;
      checkHeader(length, kind, limit);
      needed = headerBytes + length;
      if (kind === frameKind.withBytes) {
        needed = headerBytes + countBytes;
        if (rest.length < needed) return rest;
        large = frameWithBytes(length, rest.readUInt32BE(headerBytes));
      } else if (rest.length < needed) {
        if (length <= largePayload) return rest;
        large = largeFrame(kind, [Buffer.allocUnsafeSlow(length)]);
        needed = headerBytes;
      } else {
        onFrame(kind, rest.subarray(headerBytes, needed));
      }
      rest = rest.subarray(needed);
      if (large !== undefined) {
        rest = fill(large, rest);
        if (large !== undefined) return rest;
      }
    }
  };
  /** Hands over a large frame when its last bytes are there, and returns what is left. */
  const fill = (frame: LargeFrame, bytes: Buffer): Buffer => {
    const rest = frame.fill(bytes);
    if (!frame.isWhole) return rest;
    large = undefined;
    onFrame(frame.kind, ...frame.parts);
    return rest;
  };
  const keep = (rest: Buffer) => {
    chunks = rest.length === 0 ? [] : [rest];
    held = rest.length;
  };

  return {
    push: (chunk) => {
      if (large !== undefined) {
        const rest = fill(large, chunk);
        if (large === undefined) keep(drain(rest));
        return;
      }
      chunks.push(chunk);
      held += chunk.length;
      if (held < needed) return;
      keep(drain(chunks.length === 1 ? chunk : Buffer.concat(chunks, held)));
    },
    limit: (bytes) => {
      limit = bytes;
    },
  };
}

interface LargeFrame {
  readonly kind: number;
  readonly parts: readonly [payload: Buffer, bytes?: Buffer];
  readonly isWhole: boolean;
  /** Takes what belongs to it, and returns the rest. */
  fill(bytes: Buffer): Buffer;
}

/** The system gives memory to what is written, so a peer that promises bytes and sends none costs nothing. */
function largeFrame(kind: number, parts: readonly [payload: Buffer, bytes?: Buffer]): LargeFrame {
  let nth = 0;
  let at = 0;
  return {
    kind,
    parts,
    get isWhole() {
      return nth === parts.length;
    },
    fill: (bytes) => {
      let rest = bytes;
      for (let part = parts[nth]; part !== undefined; part = parts[nth]) {
        const copied = rest.copy(part, at);
        rest = rest.subarray(copied);
        at += copied;
        if (at < part.length) break;
        [nth, at] = [nth + 1, 0];
      }
      return rest;
    },
  };
}

/** `length` is that of the payload, of which `count` bytes are at its end. */
function frameWithBytes(length: number, count: number): LargeFrame {
  const before = length - countBytes - count;
  if (before < 0) {
    throw new PluginError(
      "ERR_PROTOCOL",
      "The peer sent a frame that is shorter than the bytes in it. It is no portcall peer.",
    );
  }
  return largeFrame(frameKind.withBytes, [Buffer.allocUnsafeSlow(before), Buffer.allocUnsafeSlow(count)]);
}

function checkHeader(length: number, kind: number, limit: number): void {
  if (kind > frameKind.withBytes) {
    throw new PluginError(
      "ERR_PROTOCOL",
      `The peer sent a frame of unknown kind ${kind}. It is no portcall peer.`,
    );
  }
  if (length > limit) {
    throw new PluginError(
      "ERR_MESSAGE_TOO_LARGE",
      `The peer sent a message of ${length} bytes; ${limit} are allowed. Raise maxMessageBytes or send less at once.`,
    );
  }
}
