import { malformed, type Patch, type Step } from "../frames.js";
import type { SharedKind } from "./encode.js";
import { deepest } from "./walk.js";
import { fillError, newError, reviveThrown, setOwn } from "./wire-error.js";

/** Makes the live values that a message names. */
export interface LiveImports {
  /** Throws `ERR_PROTOCOL` for a channel that cannot be new, and `ERR_TOO_MANY_CHANNELS`. */
  open(kind: SharedKind, channel: number, about: unknown): object;
  /** Something of ours that comes back. Throws `ERR_ABORTED` where it was released. */
  own(channel: number): object;
}

/** Makes again what was thrown. Its stack is the far one only. */
export function decodeThrown(
  wire: unknown,
  patches: readonly Patch[] | undefined,
  live: LiveImports,
): unknown {
  const decoding = newDecoding(live);
  const holder = [wire];
  applyPatches(holder, patches, decoding);
  if (decoding.placed.has(holder[0])) throw brokenPatch();
  const thrown = reviveThrown(holder[0], (description) => errorOf(description, decoding));
  finishDecoding(decoding);
  return thrown;
}

/** Puts back what the patches name. Throws `ERR_PROTOCOL` where a path leads nowhere. */
export function decodeValue(
  value: unknown,
  patches: readonly Patch[] | undefined,
  live: LiveImports,
): unknown {
  if (patches === undefined) return value;
  const decoding = newDecoding(live);
  const holder = [value];
  applyPatches(holder, patches, decoding);
  finishDecoding(decoding);
  // No method, and no producer, gives one: it would have been waited for. Whoever is given one calls it unawares.
  if (!decoding.placed.has(holder[0]) && isThenable(holder[0])) throw brokenPatch();
  return holder[0];
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

interface Decoding {
  readonly live: LiveImports;
  /** What a placeholder became: one that stands in several places becomes one thing. */
  readonly revived: Map<object, unknown>;
  /** Errors are made first and filled last, when all that is in them is there. */
  readonly errors: [error: Error, description: object][];
  readonly described: Map<object, Error>;
  /** The entries of the Maps and Sets that patches reach into: they are put back once. */
  readonly entries: Map<object, unknown[][]>;
  /** What patches have put into the value: it is no part of the message, and may be something of ours. */
  readonly placed: Set<unknown>;
}

function newDecoding(live: LiveImports): Decoding {
  return {
    live,
    revived: new Map(),
    errors: [],
    described: new Map(),
    entries: new Map(),
    placed: new Set(),
  };
}

function applyPatches(holder: unknown[], patches: readonly Patch[] | undefined, decoding: Decoding): void {
  if (patches === undefined) return;
  for (let i = 0; i < patches.length; i++) applyPatch(holder, patches[i], decoding);
}

function applyPatch(holder: unknown[], patch: unknown, decoding: Decoding): void {
  if (!Array.isArray(patch) || !Array.isArray(patch[0]) || patch[0].length > deepest + 8) throw brokenPatch();
  const [path, kind, channel, about] = patch as unknown as Patch;
  let parent: unknown = holder;
  let step: Step = 0;
  for (const next of path) {
    parent = partAt(parent, step, decoding);
    step = next;
  }
  const revived = revive(partAt(parent, step, decoding), kind, channel, about, decoding);
  decoding.placed.add(revived);
  replacePart(parent, step, revived, decoding);
}

function revive(part: unknown, kind: unknown, channel: unknown, about: unknown, decoding: Decoding): unknown {
  switch (kind) {
    case "buffer":
    case "error":
    case "aborted": {
      if (typeof part !== "object" || part === null) throw brokenPatch();
      const known = decoding.revived.get(part);
      const revived = known ?? reviveObject(part, kind, decoding);
      decoding.revived.set(part, revived);
      return revived;
    }
    case "mine":
    case "function":
    case "proxy":
    case "signal":
    case "iterable":
    case "stream":
      if (!Number.isSafeInteger(channel)) throw brokenPatch();
      return kind === "mine"
        ? decoding.live.own(channel as number)
        : decoding.live.open(kind, channel as number, about);
    default:
      throw brokenPatch();
  }
}

function reviveObject(part: object, kind: "buffer" | "error" | "aborted", decoding: Decoding): unknown {
  if (kind === "buffer") {
    if (!(part instanceof Uint8Array)) throw brokenPatch();
    return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  }
  const thrown = reviveThrown(part, (description) => errorOf(description, decoding));
  return kind === "error" ? thrown : AbortSignal.abort(thrown);
}

/** Each description becomes one error, which is filled when all that is in it is there. */
function errorOf(description: object, { described, errors }: Decoding): Error {
  const known = described.get(description);
  if (known !== undefined) return known;
  const error = newError(description);
  described.set(description, error);
  errors.push([error, description]);
  return error;
}

function finishDecoding(decoding: Decoding): void {
  const { errors, entries } = decoding;
  for (const [collection, list] of entries) {
    if (collection instanceof Map) {
      collection.clear();
      for (const [key, item] of list) collection.set(key, item);
    } else if (collection instanceof Set) {
      collection.clear();
      for (const [item] of list) collection.add(item);
    }
  }
  // Filling one may find more.
  for (let i = 0; i < errors.length; i++) {
    const [error, description] = errors[i] as Decoding["errors"][number];
    fillError(error, description, (below) => errorOf(below, decoding));
  }
}

function partAt(parent: unknown, step: Step, decoding: Decoding): unknown {
  checkParent(parent, decoding);
  if (Array.isArray(step)) return entryAt(parent, step, decoding)[step[1]];
  if (!isKeyOf(parent, step)) throw brokenPatch();
  return (parent as Record<string, unknown>)[step as string];
}

function replacePart(parent: unknown, step: Step, part: unknown, decoding: Decoding): void {
  if (Array.isArray(step)) entryAt(parent as object, step, decoding)[step[1]] = part;
  else setOwn(parent as object, String(step), part);
}

/** Paths lead through what the message brought, as it came: never into bytes, or into what a patch has put there. */
function checkParent(parent: unknown, { placed }: Decoding): asserts parent is object {
  const isPart = typeof parent === "object" && parent !== null && !placed.has(parent);
  if (!isPart || ArrayBuffer.isView(parent)) throw brokenPatch();
}

/** Whether a step is a key of an object that was sent. The length of lists and texts is none, nor is a hole. */
function isKeyOf(parent: object, step: unknown): boolean {
  return (
    (typeof step === "string" || typeof step === "number") &&
    Object.prototype.propertyIsEnumerable.call(parent, step) &&
    !(parent instanceof String)
  );
}

function entryAt(parent: object, [nth, part]: readonly unknown[], decoding: Decoding): unknown[] {
  const entry = Number.isSafeInteger(nth) ? entriesOf(parent, decoding)[nth as number] : undefined;
  if (entry === undefined || typeof part !== "number" || !Object.hasOwn(entry, part)) throw brokenPatch();
  return entry;
}

function entriesOf(parent: object, decoding: Decoding): unknown[][] {
  const known = decoding.entries.get(parent);
  if (known !== undefined) return known;
  const entries =
    parent instanceof Map
      ? [...parent].map(([key, item]) => [key, item])
      : parent instanceof Set
        ? [...parent].map((item) => [item])
        : undefined;
  if (entries === undefined) throw brokenPatch();
  decoding.entries.set(parent, entries);
  return entries;
}

function brokenPatch(): Error {
  return malformed("a value whose parts do not fit it");
}
