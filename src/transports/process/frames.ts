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
} as const;

export const headerBytes = 5;

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

/** Cuts a stream of chunks into frames. A length over the limit is refused before any of its bytes are kept. */
export function frameReader(maxBytes: number, onFrame: (kind: number, payload: Buffer) => void): FrameReader {
  let limit = maxBytes;
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;
  let large: LargePayload | undefined;

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
      if (rest.length < needed) {
        if (length <= largePayload) return rest;
        large = largePayloadOf(kind, length);
        return large.fill(rest.subarray(headerBytes));
      }
      onFrame(kind, rest.subarray(headerBytes, needed));
      rest = rest.subarray(needed);
    }
  };
  const keep = (rest: Buffer) => {
    chunks = rest.length === 0 ? [] : [rest];
    held = rest.length;
  };

  return {
    push: (chunk) => {
      if (large !== undefined) {
        const rest = large.fill(chunk);
        if (!large.isWhole) return;
        const { kind, payload } = large;
        large = undefined;
        onFrame(kind, payload);
        return keep(drain(rest));
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

interface LargePayload {
  readonly kind: number;
  readonly payload: Buffer;
  readonly isWhole: boolean;
  /** Takes what belongs to it, and returns the rest. */
  fill(bytes: Buffer): Buffer;
}

/** The system gives memory to what is written, so a peer that promises bytes and sends none costs nothing. */
function largePayloadOf(kind: number, length: number): LargePayload {
  const payload = Buffer.allocUnsafeSlow(length);
  let at = 0;
  return {
    kind,
    payload,
    get isWhole() {
      return at === length;
    },
    fill: (bytes) => {
      const copied = bytes.copy(payload, at);
      at += copied;
      return bytes.subarray(copied);
    },
  };
}

function checkHeader(length: number, kind: number, limit: number): void {
  if (kind > frameKind.jsonOnly) {
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
