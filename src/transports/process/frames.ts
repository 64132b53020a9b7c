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

/** Cuts a stream of chunks into frames. A length over the limit is refused before any of its bytes are kept. */
export function frameReader(maxBytes: number, onFrame: (kind: number, payload: Buffer) => void): FrameReader {
  let limit = maxBytes;
  let chunks: Buffer[] = [];
  let held = 0;
  let needed = headerBytes;

  const drain = (bytes: Buffer): Buffer => {
    let rest = bytes;
    for (;;) {
      needed = headerBytes;
      if (rest.length < headerBytes) return rest;
      const length = rest.readUInt32BE(0);
      const kind = rest[4] as number;
      checkHeader(length, kind, limit);
      needed = headerBytes + length;
      if (rest.length < needed) return rest;
      onFrame(kind, rest.subarray(headerBytes, needed));
      rest = rest.subarray(needed);
    }
  };

  return {
    push: (chunk) => {
      chunks.push(chunk);
      held += chunk.length;
      if (held < needed) return;
      const rest = drain(chunks.length === 1 ? chunk : Buffer.concat(chunks, held));
      chunks = rest.length === 0 ? [] : [rest];
      held = rest.length;
    },
    limit: (bytes) => {
      limit = bytes;
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
