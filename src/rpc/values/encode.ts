import type { Patch, PatchKind } from "../frames.js";
import { type Encoding, newEncoding } from "./encoding.js";
import { isByReference } from "./marks.js";
import { errorWalk, walk } from "./walk.js";
import { describeInto, type WireError } from "./wire-error.js";

/** What a live value's patch says of it, behind its path. */
export type LivePatch = readonly [kind: PatchKind, channel?: number, about?: unknown];

/** What is shared by reference, over a channel of its own. */
export type SharedKind = "function" | "proxy" | "signal" | "iterable" | "stream";

/** Takes the live values in a message, which get their channels when the walk is over. */
export interface LiveExports {
  /** The channel of what the peer shared and now gets back, if that is what it is. Throws `ERR_ABORTED` where it is too late. */
  returned(value: object): number | undefined;
  /** Gives the number that stands for a live value in patches, where its channel will. */
  share(kind: SharedKind, value: object): number;
}

/** What a message may be. */
export interface EncodeRules {
  readonly maxMessageBytes: number;
  /** Whether the wire sends a view without the rest of its buffer. */
  readonly carriesViews: boolean;
}

/** A value as a wire carries it. */
export interface EncodedValue {
  readonly value: unknown;
  /** Unset where the wire carries all of the value by itself. */
  readonly patches: Patch[] | undefined;
  /** Whether nothing in the value can change any more: it may be sent at the end of the tick. */
  readonly settled: boolean;
  /** About as many as the message will have. */
  readonly bytes: number;
  /** Buffers to move instead of copying them. */
  readonly moved: ArrayBuffer[] | undefined;
  /** Lets go of what the message shares, where it is not sent. */
  readonly drop?: () => void;
}

/**
 * Copies a value for a wire, by the rules of structured clone, as it is at this moment. What a wire does not carry by
 * itself is named in patches: Buffers, errors, and live values, which get a channel each.
 *
 * Throws `ERR_UNSERIALIZABLE`, naming the path, for what no wire carries, and `ERR_MESSAGE_TOO_LARGE` over the most bytes.
 */
export function encodeValue(
  value: unknown,
  name: string,
  live: LiveExports,
  rules: EncodeRules,
): EncodedValue {
  const encoding = newEncoding(name, live, rules);
  return finish(walk(value, encoding), encoding);
}

/** Lists of arguments longer than this are walked. */
const shortList = 16;

/**
 * The same for what most calls are made of, primitives and short lists of them; `undefined` for anything else. It makes
 * nothing that a walk needs.
 */
export function encodePlain(
  value: unknown,
  name: string,
  { maxMessageBytes }: EncodeRules,
): EncodedValue | undefined {
  let bytes = plainBytes(value);
  if (Array.isArray(value)) {
    if (value.length > shortList || !(name === "args" || isPlainList(value))) return undefined;
    bytes = 16;
    for (let i = 0; i < value.length; i++) bytes += plainBytes(value[i]);
  }
  if (!(bytes <= maxMessageBytes)) return undefined;
  return {
    value: Array.isArray(value) ? [...value] : value,
    patches: undefined,
    settled: true,
    bytes,
    moved: undefined,
  };
}

/** Without holes or names, and not shared by reference: no question for arguments, whose list is our own. */
function isPlainList(value: readonly unknown[]): boolean {
  return Object.keys(value).length === value.length && !isByReference(value);
}

/** `NaN` for what is not plain. */
function plainBytes(value: unknown): number {
  switch (typeof value) {
    case "string":
      return 16 + 2 * value.length;
    case "number":
    case "boolean":
    case "undefined":
      return 16;
    default:
      return value === null ? 16 : Number.NaN;
  }
}

/** Describes what was thrown, with all that is in it, as {@link encodeValue} does for a result. */
export function encodeThrown(
  thrown: unknown,
  name: string,
  live: LiveExports,
  rules: EncodeRules,
): EncodedValue & { readonly value: WireError } {
  const encoding = newEncoding(name, live, rules);
  const [value, walkThrown] = [{}, errorWalk(encoding)];
  if (thrown instanceof Error) walkThrown.keep(thrown, value);
  describeInto(value, thrown, walkThrown);
  return finish(value, encoding) as EncodedValue & { readonly value: WireError };
}

function finish(value: unknown, { patches, settled, bytes, moved }: Encoding): EncodedValue {
  return {
    value,
    patches: patches.length === 0 ? undefined : patches,
    settled,
    bytes,
    moved: moved.length === 0 ? undefined : moved,
  };
}
