import { PluginError } from "../errors.js";

/** One step into a value: an object's key or an array's index; in a Map or Set, the nth entry's key or value. */
type Step = string | number | readonly [entry: number, part: 0 | 1];

/** Something in a value that a wire does not carry by itself: where it stands, and what it is. */
export type Patch = readonly [path: readonly Step[], kind: "buffer"];

export interface EncodedValue {
  readonly value: unknown;
  /** Unset where the wire carries all of the value by itself. */
  readonly patches?: Patch[];
  /** Whether nothing in the value can change any more: it is made of primitives. */
  readonly flat: boolean;
}

/** Values nested deeper than this are refused: a peer could not walk them safely. */
const deepest = 512;

/**
 * Prepares a value for a wire, by the rules of structured clone. Buffers are marked, so that they arrive as Buffers
 * without the pool behind them. `name` is what the value is called in errors.
 *
 * Throws `ERR_UNSERIALIZABLE`, naming the path, for what no wire carries.
 */
export function encodeValue(value: unknown, name: string): EncodedValue {
  if (isPrimitive(value)) {
    if (typeof value === "symbol") throw unserializable(name, [], value);
    return { value, flat: true };
  }
  if (Array.isArray(value) && value.length < 64 && value.every(isPlainPrimitive))
    return { value, flat: true };
  const patches: Patch[] = [];
  const scan: Scan = { name, seen: new Set(), path: [], patches };
  scanValue(value, scan);
  if (patches.length === 0) return { value, flat: false };
  return { value: copyContainers(value, new Map()), patches, flat: false };
}

/** Puts back what the patches name. Throws `ERR_PROTOCOL` where a path leads nowhere. */
export function decodeValue(value: unknown, patches: readonly Patch[] | undefined): unknown {
  if (patches === undefined) return value;
  const holder = [value];
  for (const patch of patches) applyPatch(holder, patch);
  return holder[0];
}

interface Scan {
  readonly name: string;
  readonly seen: Set<object>;
  readonly path: Step[];
  readonly patches: Patch[];
}

function scanValue(value: unknown, scan: Scan): void {
  if (isPrimitive(value)) {
    if (typeof value === "symbol") throw unserializable(scan.name, scan.path, value);
    return;
  }
  if (typeof value === "function" || isForeignToSockets(value))
    throw unserializable(scan.name, scan.path, value);
  if (Buffer.isBuffer(value)) {
    scan.patches.push([[...scan.path], "buffer"]);
    return;
  }
  if (scan.seen.has(value)) return;
  scan.seen.add(value);
  if (scan.path.length >= deepest) throw tooDeep(scan.name);
  for (const [step, part] of partsOf(value)) {
    if (isPlainPrimitive(part)) continue;
    scan.path.push(step);
    scanValue(part, scan);
    scan.path.pop();
  }
}

function* partsOf(value: object): Generator<[Step, unknown]> {
  if (Array.isArray(value)) {
    // Keys, not indices: a sparse array may claim billions of them.
    for (const key of Object.keys(value)) yield [key, value[key as unknown as number]];
  } else if (value instanceof Map) {
    let entry = 0;
    for (const [key, item] of value) {
      yield [[entry, 0], key];
      yield [[entry++, 1], item];
    }
  } else if (value instanceof Set) {
    let entry = 0;
    for (const item of value) yield [[entry++, 0], item];
  } else if (isPlainContainer(value)) {
    for (const key of Object.keys(value)) yield [key, (value as Record<string, unknown>)[key]];
  }
}

/** Copies what holds Buffers, so that the caller's own values stay as they are, and each Buffer with its bytes alone. */
function copyContainers(value: unknown, copies: Map<object, object>): unknown {
  if (isPrimitive(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const remember = <T extends object>(copy: T): T => {
    copies.set(value, copy);
    return copy;
  };
  if (Buffer.isBuffer(value)) return remember(new Uint8Array(value));
  if (Array.isArray(value)) {
    const copy = remember(new Array(value.length));
    for (const key of Object.keys(value))
      setOwn(copy, key, copyContainers(value[key as unknown as number], copies));
    return copy;
  }
  if (value instanceof Map) {
    const copy = remember(new Map());
    for (const [key, item] of value) copy.set(copyContainers(key, copies), copyContainers(item, copies));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set());
    for (const item of value) copy.add(copyContainers(item, copies));
    return copy;
  }
  if (!isPlainContainer(value)) return value;
  const copy = remember({});
  for (const key of Object.keys(value)) {
    setOwn(copy, key, copyContainers((value as Record<string, unknown>)[key], copies));
  }
  return copy;
}

function applyPatch(holder: unknown[], [path, kind]: Patch): void {
  if (!Array.isArray(path) || path.length > deepest || kind !== "buffer") throw brokenPatch();
  let parent: unknown = holder;
  let step: Step = 0;
  for (const next of path) {
    parent = partAt(parent, step);
    step = next;
  }
  const bytes = partAt(parent, step);
  if (!(bytes instanceof Uint8Array)) throw brokenPatch();
  replacePart(parent, step, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function partAt(parent: unknown, step: Step): unknown {
  if (Array.isArray(step)) return entriesOf(parent)[step[0]]?.[step[1]];
  if (typeof parent !== "object" || parent === null || !Object.hasOwn(parent, step as string))
    throw brokenPatch();
  return (parent as Record<string, unknown>)[step as string];
}

function replacePart(parent: unknown, step: Step, part: unknown): void {
  if (!Array.isArray(step)) {
    setOwn(parent as object, String(step), part);
    return;
  }
  const entries = entriesOf(parent);
  (entries[step[0]] as unknown[])[step[1]] = part;
  (parent as Map<unknown, unknown>).clear();
  if (parent instanceof Map) for (const [key, item] of entries) parent.set(key, item);
  else if (parent instanceof Set) for (const [item] of entries) parent.add(item);
}

function entriesOf(parent: unknown): unknown[][] {
  if (parent instanceof Map) return [...parent].map(([key, item]) => [key, item]);
  if (parent instanceof Set) return [...parent].map((item) => [item]);
  throw brokenPatch();
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function isPrimitive(
  value: unknown,
): value is string | number | bigint | boolean | symbol | null | undefined {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}

function isPlainPrimitive(value: unknown): boolean {
  return isPrimitive(value) && typeof value !== "symbol";
}

/** Objects whose own properties structured clone copies; the others have contents that hold no Buffers of ours. */
function isPlainContainer(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** What a MessagePort would carry and a socket cannot: refused on both. By name, because naming some classes loads them. */
const foreignToSockets = new Set(
  ["SharedArrayBuffer", "Blob", "File", "MessagePort"].map((name) => `[object ${name}]`),
);

function isForeignToSockets(value: object): boolean {
  return foreignToSockets.has(Object.prototype.toString.call(value));
}

function unserializable(name: string, path: readonly Step[], value: unknown): PluginError {
  const what = typeof value === "object" ? `a ${value?.constructor?.name ?? "value"}` : `a ${typeof value}`;
  const steps = path.map((step) =>
    typeof step === "string" && !/^\d+$/.test(step) ? `.${step}` : `[${String(step)}]`,
  );
  return new PluginError(
    "ERR_UNSERIALIZABLE",
    `${name}${steps.join("")} is ${what}, which cannot be sent to another process.`,
  );
}

function tooDeep(name: string): PluginError {
  return new PluginError(
    "ERR_UNSERIALIZABLE",
    `${name} is nested more than ${deepest} levels deep, which is refused.`,
  );
}

function brokenPatch(): PluginError {
  return new PluginError(
    "ERR_PROTOCOL",
    "The peer sent a value whose parts do not fit it. The session ends.",
  );
}
