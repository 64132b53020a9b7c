import { PluginError } from "../../errors.js";
import type { Step } from "../frames.js";
import { builtInTag, isPlainInstance, sharedKind } from "./classify.js";
import type { SharedKind } from "./encode.js";
import { type Encoding, grow, mark, remember, tagOf } from "./encoding.js";
import { isByReference } from "./marks.js";
import { unserializable } from "./unserializable.js";
import { walkArrayBuffer, walkView } from "./walk-bytes.js";
import { describeInto, type ErrorWalk, setOwn } from "./wire-error.js";

/** Values nested deeper than this are refused: a peer could not walk them safely. */
export const deepest = 512;
/** Arrays from this length on are not copied where they hold nothing but primitives. */
const longArray = 1_024;

/** Copies a value and all that is in it, and notes in the encoding what a wire does not carry by itself. */
export function walk(value: unknown, encoding: Encoding): unknown {
  switch (typeof value) {
    case "object":
      return value === null ? null : walkObject(value, encoding);
    case "function":
      return walkObject(value, encoding);
    case "symbol":
      throw unserializable(encoding, value);
    case "string":
      grow(encoding, 8 + 2 * value.length);
      return value;
    case "bigint":
      grow(encoding, value > 2n ** 64n || value < -(2n ** 64n) ? value.toString(16).length : 16);
      return value;
    default:
      grow(encoding, 12);
      return value;
  }
}

function walkPart(step: Step, part: unknown, encoding: Encoding): unknown {
  if (typeof part === "number" || typeof part === "string") return walk(part, encoding);
  encoding.path.push(step);
  const copy = walk(part, encoding);
  encoding.path.pop();
  return copy;
}

function walkObject(value: object, encoding: Encoding): unknown {
  const known = encoding.seen.get(value);
  if (known !== undefined) {
    if (known.patch !== undefined) encoding.patches.push([[...encoding.path], ...known.patch]);
    return known.copy;
  }
  if (encoding.path.length >= deepest) throw tooDeep(encoding);
  grow(encoding, 16);
  // What most values are made of first: it is live only if it says so itself.
  const isArray = Array.isArray(value);
  const prototype = isArray ? Array.prototype : Object.getPrototypeOf(value);
  const isPlain = isArray || (prototype === Object.prototype && !(Symbol.asyncIterator in value));
  if (isPlain && !isByReference(value)) {
    return isArray ? walkArray(value, encoding) : walkRecord(value, encoding);
  }
  const returned = encoding.live.returned(value);
  if (returned !== undefined) return mark(value, null, ["mine", returned], encoding);
  const kind = sharedKind(value, encoding);
  if (kind !== undefined) return walkShared(value, kind, encoding);
  // A module's namespace has no prototype either.
  if (prototype === null && tagOf(value) !== "Module") return walkRecord(value, encoding);
  return walkBuiltIn(value, encoding);
}

function walkShared(value: object, kind: SharedKind, encoding: Encoding): unknown {
  // A signal that has aborted needs no channel: its reason says it all.
  if (kind === "signal" && (value as AbortSignal).aborted) {
    return walkThrown(value, (value as AbortSignal).reason, "aborted", encoding);
  }
  return mark(value, null, [kind, encoding.live.share(kind, value)], encoding);
}

function walkRecord(value: object, encoding: Encoding): object {
  const copy: Record<string, unknown> = remember(value, {}, encoding);
  for (const key of Object.keys(value)) {
    grow(encoding, 4 + 2 * key.length);
    const part = walkPart(key, (value as Record<string, unknown>)[key], encoding);
    if (key === "__proto__") setOwn(copy, key, part);
    else copy[key] = part;
  }
  return copy;
}

function walkArray(value: readonly unknown[], encoding: Encoding): unknown[] {
  if (value.length >= longArray && isAllPrimitive(value, encoding)) {
    encoding.settled = false;
    return remember(value, value as unknown[], encoding);
  }
  const copy: unknown[] = remember(value, [], encoding);
  // Keys, not indices: a sparse array may claim billions of them, and others may have names.
  copy.length = value.length;
  for (const key of Object.keys(value)) {
    const part = walkPart(key, value[key as unknown as number], encoding);
    if (key === "__proto__") setOwn(copy, key, part);
    else copy[key as unknown as number] = part;
  }
  return copy;
}

/** Also counts their bytes. Holes do not count as primitives: an array that is mostly holes is walked by its keys. */
function isAllPrimitive(value: readonly unknown[], encoding: Encoding): boolean {
  let bytes = 0;
  for (let i = 0; i < value.length; i++) {
    const part = value[i];
    if (typeof part === "string") bytes += 8 + 2 * part.length;
    else if (typeof part === "number" || typeof part === "boolean" || part === null) bytes += 12;
    else return false;
  }
  if (!hasOnlyItems(value)) return false;
  grow(encoding, bytes);
  return true;
}

/**
 * Whether a list has no members with names, and is no Proxy. A printer finds that out without listing all items, which
 * takes `Object.keys` milliseconds. It is not imported, for that is half a millisecond of each start; older versions of
 * Node walk the list.
 */
function hasOnlyItems(value: readonly unknown[]): boolean {
  const util = process.getBuiltinModule?.("node:util");
  if (util === undefined || util.types.isProxy(value)) return false;
  const shown = { maxArrayLength: 0, maxStringLength: 0, depth: 0, customInspect: false, colors: false };
  return util.inspect(value, shown) === `[ ... ${value.length} more items ]`;
}

function walkBuiltIn(value: object, encoding: Encoding): unknown {
  if (ArrayBuffer.isView(value)) return walkView(value, encoding);
  if (value instanceof Error) return walkThrown(value, value, "error", encoding);
  const tag = builtInTag(value);
  const copy = tag === undefined ? undefined : walkTagged(tag, value, encoding);
  if (copy !== undefined) return copy;
  if (isPlainInstance(value)) return walkRecord(value, encoding);
  throw unserializable(encoding, value);
}

/** Undefined for what is none of these. */
function walkTagged(tag: string, value: object, encoding: Encoding): unknown {
  switch (tag) {
    case "Error":
      return walkThrown(value, value, "error", encoding);
    case "Map":
      return walkMap(value as Map<unknown, unknown>, encoding);
    case "Set":
      return walkSet(value as Set<unknown>, encoding);
    case "Date":
      return remember(value, new Date((value as Date).getTime()), encoding);
    case "RegExp":
      grow(encoding, 2 * (value as RegExp).source.length);
      return remember(value, new RegExp((value as RegExp).source, (value as RegExp).flags), encoding);
    case "ArrayBuffer":
      return walkArrayBuffer(value as ArrayBuffer, encoding);
    case "Boolean":
    case "Number":
    case "String":
    case "BigInt":
      grow(encoding, 2 * ((value as { length?: number }).length ?? 0));
      encoding.settled = false;
      return remember(value, value, encoding);
    default:
      return undefined;
  }
}

function walkMap(value: Map<unknown, unknown>, encoding: Encoding): Map<unknown, unknown> {
  const copy = remember(value, new Map(), encoding);
  let entry = 0;
  for (const [key, item] of value) {
    const copiedKey = walkPart([entry, 0], key, encoding);
    copy.set(placeholder(key, copiedKey), walkPart([entry, 1], item, encoding));
    entry++;
  }
  return copy;
}

function walkSet(value: Set<unknown>, encoding: Encoding): Set<unknown> {
  const copy = remember(value, new Set(), encoding);
  let entry = 0;
  for (const item of value) {
    copy.add(placeholder(item, walkPart([entry, 0], item, encoding)));
    entry++;
  }
  return copy;
}

/** What is live becomes null, and must not become one entry with others, or with a null that is one. */
function placeholder(value: unknown, copy: unknown): unknown {
  return copy === null && value !== null ? {} : copy;
}

/** An error in its place, or the reason of a signal that has aborted. */
function walkThrown(value: object, thrown: unknown, kind: "error" | "aborted", encoding: Encoding): unknown {
  const description = {};
  encoding.seen.set(value, { copy: description, patch: [kind] });
  describeInto(description, thrown, errorWalk(encoding));
  encoding.patches.push([[...encoding.path], kind]);
  return description;
}

/** The walk of an error, which leaves out what cannot travel. */
export function errorWalk(encoding: Encoding): ErrorWalk {
  const { path, patches, seen, moved } = encoding;
  const into = <T>(step: Step, body: () => T): T => {
    path.push(step);
    const result = body();
    path.pop();
    return result;
  };
  const part = (step: Step, value: unknown) => walkPart(step, value, encoding);
  const tryPart = (step: Step, value: unknown) => {
    const before = [path.length, patches.length, seen.size, moved.length] as const;
    try {
      return part(step, value);
    } catch (error) {
      if (error instanceof PluginError && error.code !== "ERR_UNSERIALIZABLE") throw error;
      [path.length, patches.length, , moved.length] = before;
      for (const met of [...seen.keys()].slice(before[2])) seen.delete(met);
      return undefined;
    }
  };
  return {
    part,
    tryPart,
    into,
    known: (error) => seen.get(error)?.copy as object | undefined,
    keep: (error, description) => void seen.set(error, { copy: description, patch: ["error"] }),
  };
}

function tooDeep({ name }: Encoding): PluginError {
  return new PluginError(
    "ERR_UNSERIALIZABLE",
    `${name} is nested more than ${deepest} levels deep, which is refused.`,
  );
}
