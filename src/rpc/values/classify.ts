import type { SharedKind } from "./encode.js";
import { type Encoding, tagOf } from "./encoding.js";
import { isByReference } from "./marks.js";
import { unserializable } from "./unserializable.js";

/** What a value is shared as, if it is live. Throws `ERR_UNSERIALIZABLE` for a stream that somebody else reads. */
export function sharedKind(value: object, encoding: Encoding): SharedKind | undefined {
  if (isByReference(value)) return "proxy";
  if (typeof value === "function") return "function";
  if (!(Symbol.asyncIterator in value)) return tagOf(value) === "AbortSignal" ? "signal" : undefined;
  if (tagOf(value) !== "ReadableStream") return isDuplex(value) ? undefined : "iterable";
  if ((value as ReadableStream).locked) throw unserializable(encoding, value, "is locked by another reader");
  return "stream";
}

/** A stream that is also written to is more than an iterable, and cannot be sent as less. */
function isDuplex(value: object): boolean {
  return typeof (value as { write?: unknown }).write === "function";
}

/** Instances of classes travel as structured clone has it: their own properties, without the class. */
export function isPlainInstance(value: object): boolean {
  const { on, emit } = value as Record<string, unknown>;
  if (typeof on === "function" && typeof emit === "function") return false;
  const tag = tagOf(value);
  if (notCloneable.has(tag) || tag.endsWith("Iterator") || tag.startsWith("WebAssembly")) return false;
  return !isUntagged(value);
}

/** What has no tag of its own. Its name is looked at first, because naming some of these classes loads them. */
function isUntagged(value: object): boolean {
  switch (value.constructor?.name) {
    case "BroadcastChannel":
      return value instanceof BroadcastChannel;
    case "X509Certificate":
      return typeof (value as { checkIssued?: unknown }).checkIssued === "function";
    default:
      return false;
  }
}

/** By tag: classes of users may have these names. */
const notCloneable = new Set([
  "Promise",
  "WeakMap",
  "WeakSet",
  "WeakRef",
  "FinalizationRegistry",
  "Generator",
  "AsyncGenerator",
  "Module",
  "Symbol",
  "SharedArrayBuffer",
  "Blob",
  "File",
  "MessagePort",
  "WritableStream",
  "TransformStream",
  "KeyObject",
  "CryptoKey",
]);

/** The tag of what is what its tag says: a class of a user's may say anything. */
export function builtInTag(value: object): string | undefined {
  const tag = tagOf(value);
  const brand = brands.get(tag);
  // The others get theirs from what they are.
  if (brand === undefined) return Symbol.toStringTag in value ? undefined : tag;
  try {
    brand.call(value);
    return tag;
  } catch {
    return undefined;
  }
}

/** Those that are tagged by their prototypes, and a method of each that works on them alone. */
const brands = new Map<string, (this: unknown) => unknown>([
  ["Map", getter(Map.prototype, "size")],
  ["Set", getter(Set.prototype, "size")],
  ["ArrayBuffer", getter(ArrayBuffer.prototype, "byteLength")],
  ["BigInt", BigInt.prototype.valueOf],
]);

function getter(prototype: object, name: string): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => unknown;
}
