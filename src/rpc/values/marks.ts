import { PluginError } from "../../errors.js";

/** Says in a type that an object travels by reference: see {@link proxy}. Nothing carries it at run time. */
export interface ByReference {
  readonly [byReference]?: true;
}

declare const byReference: unique symbol;

export type IsByReference<T> = typeof byReference extends keyof T ? true : false;

/** Kept where every copy of portcall in this thread finds them: a plugin may import from either entry point. */
interface Marks {
  readonly byReference: WeakSet<object>;
  readonly moved: WeakSet<ArrayBufferLike>;
  readonly retainers: WeakMap<object, Retain>;
}

type Retain = () => () => void;

const registered = Symbol.for("portcall.marks.1");

function marks(): Marks {
  const holder = globalThis as { [registered]?: Marks };
  holder[registered] ??= { byReference: new WeakSet(), moved: new WeakSet(), retainers: new WeakMap() };
  return holder[registered];
}

/**
 * Marks an object to travel by reference: wherever it stands in an argument or a result, the far side gets a remote
 * object with its methods, good until it is disposed, its holder is collected, or the session ends. Returns the object.
 * Throws `ERR_OPTION` for a primitive.
 */
export function proxy<T extends object>(object: T): T & ByReference {
  if ((typeof object !== "object" && typeof object !== "function") || object === null) {
    throw new PluginError(
      "ERR_OPTION",
      `proxy() was given something that is no object: ${kindOf(object)}. It marks objects and functions.`,
    );
  }
  marks().byReference.add(object);
  return object;
}

/**
 * Marks bytes to be moved instead of copied, the next time they are sent: they are detached on this side, over a socket
 * too. `buffers` names what is moved where it is not the value itself. A view of a part of its buffer, such as a small
 * Buffer in Node's pool, is copied all the same. Returns the value. Throws `ERR_OPTION` where there are no bytes.
 */
export function transfer<T>(
  value: T,
  buffers: readonly (ArrayBufferLike | ArrayBufferView)[] = [value as ArrayBufferView],
): T {
  if (!Array.isArray(buffers)) throw noBytes(buffers);
  const found = buffers.map(bufferOf);
  for (const [i, buffer] of found.entries()) {
    const bytes = buffers[i] as ArrayBufferLike | ArrayBufferView;
    if (bytes.byteLength === buffer.byteLength) marks().moved.add(buffer);
  }
  return value;
}

function bufferOf(bytes: unknown): ArrayBufferLike {
  if (ArrayBuffer.isView(bytes)) return bytes.buffer;
  const tag = Object.prototype.toString.call(bytes);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") return bytes as ArrayBufferLike;
  throw noBytes(bytes);
}

function noBytes(given: unknown): PluginError {
  return new PluginError(
    "ERR_OPTION",
    `transfer() was given something without bytes: ${kindOf(given)}. It moves ArrayBuffers and views of them; name those that are inside of another value in a list: transfer(value, [bytes]).`,
  );
}

function kindOf(given: unknown): string {
  return given === null ? "null" : typeof given;
}

/**
 * Keeps a function, signal, stream or object that came in an argument beyond the end of its call, until the returned
 * function is called, it is disposed of, or the session ends. A signal that came in a result is let go of by that
 * function, too, or by its `Symbol.dispose`: it is never collected before. Throws `ERR_OPTION` for anything else, and
 * `ERR_ABORTED` when it comes too late.
 */
export function retain(live: object): () => void {
  const retainer = marks().retainers.get(live);
  if (retainer === undefined) {
    throw new PluginError(
      "ERR_OPTION",
      "retain() was given something that did not come from the other side. It keeps functions, signals, streams and objects by reference that a call brought.",
    );
  }
  return retainer();
}

export function keepRetainer(value: object, retainer: Retain): void {
  marks().retainers.set(value, retainer);
}

export function isByReference(object: object): boolean {
  return marks().byReference.has(object);
}

/** Whether these bytes are to be moved. They are asked once: a mark is good for one message. */
export function takeMoved(buffer: ArrayBufferLike): boolean {
  return marks().moved.delete(buffer);
}
