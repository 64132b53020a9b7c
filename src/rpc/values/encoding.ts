import { PluginError } from "../../errors.js";
import type { Patch, Step } from "../frames.js";
import type { EncodeRules, LiveExports, LivePatch } from "./encode.js";

/** A value on its way to the wire: what the walk has found so far. */
export interface Encoding {
  /** What the value is called in errors: `args`, `result`. */
  readonly name: string;
  readonly live: LiveExports;
  readonly rules: EncodeRules;
  readonly path: Step[];
  readonly patches: Patch[];
  readonly seen: Map<object, Seen>;
  readonly moved: ArrayBuffer[];
  /** The buffers that are sent as they are. */
  readonly sent: Set<ArrayBufferLike>;
  settled: boolean;
  bytes: number;
}

/** What a value became, and what patch says so wherever it is met again. */
interface Seen {
  readonly copy: unknown;
  readonly patch?: LivePatch;
}

export function newEncoding(name: string, live: LiveExports, rules: EncodeRules): Encoding {
  return {
    name,
    live,
    rules,
    path: [],
    patches: [],
    seen: new Map(),
    moved: [],
    sent: new Set(),
    settled: true,
    bytes: 16,
  };
}

/** Remembers what a value became, for when it is met again. */
export function remember<T>(value: object, copy: T, encoding: Encoding): T {
  encoding.seen.set(value, { copy });
  return copy;
}

/** The same for what a patch must name, here and where it is met again. */
export function mark<T>(value: object, copy: T, patch: LivePatch, encoding: Encoding): T {
  encoding.seen.set(value, { copy, patch });
  encoding.patches.push([[...encoding.path], ...patch]);
  return copy;
}

/** Counts bytes. Throws `ERR_MESSAGE_TOO_LARGE` over the limit. */
export function grow(encoding: Encoding, bytes: number): void {
  encoding.bytes += bytes;
  const { maxMessageBytes } = encoding.rules;
  if (encoding.bytes > maxMessageBytes) throw tooLarge(encoding.name, encoding.bytes, maxMessageBytes);
}

export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function tooLarge(name: string, bytes: number, limit: number): PluginError {
  return new PluginError(
    "ERR_MESSAGE_TOO_LARGE",
    `${name} would be a message of more than ${limit} bytes (${bytes} so far). Raise maxMessageBytes, or send it in parts, as a stream.`,
  );
}
