import { PluginError, type PluginErrorCode } from "../../errors.js";
import { malformed, type Step } from "../frames.js";

/** An error as it travels. */
export type WireError =
  | { readonly thrown: "value"; readonly value: unknown }
  | {
      readonly thrown: "error";
      readonly name: string;
      readonly message: string;
      readonly stack: string;
      /** Own properties, `code` among them. */
      readonly props: Record<string, unknown>;
      readonly cause?: WireError;
      readonly errors?: readonly WireError[];
    };

const deepestCause = 8;
const mostErrors = 32;

/** The walk of a value, as far as an error needs it. */
export interface ErrorWalk {
  /** What an error has become already: it is described once, however often it is met. */
  known(error: Error): object | undefined;
  keep(error: Error, description: object): void;
  /** Prepares a part for the wire. */
  part(step: Step, part: unknown): unknown;
  /** The same, but `undefined` for what no wire carries. */
  tryPart(step: Step, part: unknown): unknown;
  /** Walks below a step. */
  into<T>(step: Step, body: () => T): T;
}

/**
 * Describes what was thrown. What cannot travel is left out of an error, and becomes text where it was the value itself.
 * Causes and errors of errors are followed to a depth, and each error is described once. `depth` counts the errors above.
 */
export function describeInto(description: object, thrown: unknown, walk: ErrorWalk, depth = 0): object {
  if (!isError(thrown)) {
    const value = walk.tryPart("value", thrown);
    return Object.assign(description, {
      thrown: "value",
      value: value === undefined && thrown !== undefined ? textOf(thrown) : value,
    });
  }
  Object.assign(description, {
    thrown: "error",
    name: className(thrown),
    message: walk.part("message", textOf(read(thrown, "message") ?? "")),
    stack: walk.part("stack", textOf(read(thrown, "stack") ?? "")),
    props: walk.into("props", () => ownProperties(thrown, walk)),
  });
  if (depth >= deepestCause) return description;
  if (Object.hasOwn(thrown, "cause")) {
    const cause = walk.into("cause", () => describeBelow(read(thrown, "cause"), walk, depth));
    Object.assign(description, { cause });
  }
  const errors = read(thrown, "errors");
  if (!Array.isArray(errors)) return description;
  const describeAt = (error: unknown, i: number) => walk.into(i, () => describeBelow(error, walk, depth));
  return Object.assign(description, {
    errors: walk.into("errors", () => errors.slice(0, mostErrors).map(describeAt)),
  });
}

function describeBelow(thrown: unknown, walk: ErrorWalk, depth: number): object {
  if (!isError(thrown)) return describeInto({}, thrown, walk);
  const known = walk.known(thrown);
  if (known !== undefined) return known;
  const description = {};
  walk.keep(thrown, description);
  return describeInto(description, thrown, walk, depth + 1);
}

/** Makes again what was described: an error without what is in it yet, or the value. `make` makes each error once. */
export function reviveThrown(description: unknown, make: (description: object) => Error): unknown {
  const { thrown, value } = Object(description) as Record<string, unknown>;
  return thrown === "error" ? make(description as object) : value;
}

/** An error of the class that was described where that is one of JavaScript's or ours, else an Error of that name. */
export function newError(description: object): Error {
  const { name, message, props } = description as Record<string, unknown>;
  const error = construct(text(name), text(message), Object(props).code);
  if (error.name !== name && !(error instanceof DOMException)) defineHidden(error, "name", text(name));
  return error;
}

/** Puts into an error what was described. */
export function fillError(error: Error, description: object, make: (description: object) => Error): void {
  const { stack, props, cause, errors } = description as Record<string, unknown>;
  for (const [key, item] of Object.entries(Object(props))) {
    if (key !== "__proto__" && key !== "constructor") setOwn(error, key, item);
  }
  defineHidden(error, "stack", text(stack));
  const revive = (item: unknown) => reviveThrown(item, make);
  if (isObject(cause)) defineHidden(error, "cause", revive(cause));
  if (Array.isArray(errors)) defineHidden(error, "errors", errors.slice(0, mostErrors).map(revive));
}

/** A text of a description, which may be left out. What is no text is not made one: a list of a few bytes can be a gigabyte. */
function text(value: unknown = ""): string {
  if (typeof value !== "string") throw malformed("an error whose texts are none");
  return value;
}

/** Shows below an error's own stack where its call was made: what stands below `caller`. `from` names the far side. */
export function addNearStack(error: unknown, from: string, caller: (...args: never) => unknown): void {
  if (!(error instanceof Error)) return;
  const near: { stack?: string } = {};
  Error.captureStackTrace(near, caller);
  const frames = String(near.stack).split("\n").slice(1).join("\n");
  defineHidden(error, "stack", `${error.stack}\n    -- called in ${from} from --\n${frames}`);
}

const builtIn: Record<string, new (message: string) => Error> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function construct(name: string, message: string, code: unknown): Error {
  if (name === "PluginError") return new PluginError(code as PluginErrorCode, message);
  if (name === "AggregateError") return new AggregateError([], message);
  if (name.startsWith("DOMException ")) return new DOMException(message, name.slice("DOMException ".length));
  const known = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
  return new (known ?? Error)(message);
}

/** The name an error goes by, or its class where it goes by none of its own. */
function className(error: Error): string {
  const name = textOf(read(error, "name") ?? "Error");
  if (error instanceof DOMException) return `DOMException ${name}`;
  if (name !== "Error") return name || "Error";
  return textOf(read(read(error, "constructor"), "name") || "Error");
}

function ownProperties(error: Error, walk: ErrorWalk): Record<string, unknown> {
  const props: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (["cause", "errors", "stack", "message", "name"].includes(key)) continue;
    const part = walk.tryPart(key, read(error, key));
    if (part !== undefined) setOwn(props, key, part);
  }
  return props;
}

/** A property of something that may do anything when it is read. */
function read(thrown: unknown, key: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** What was thrown and cannot travel, in words. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something that cannot be shown";
  }
}

/** Errors of other realms, too. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
  } catch {
    return false;
  }
}

/** What always fits into a message, whatever was thrown: its name, its code, and the beginnings of its texts. */
export function bareError(thrown: unknown, maxMessageBytes: number): Error {
  let left = maxMessageBytes - bareBytes;
  const take = (value: unknown, share: number, mostCharacters = 1_000): string => {
    const [text, bytes] = beginningOf(textOf(value), left * share, mostCharacters);
    left -= bytes;
    return text;
  };
  const code = read(thrown, "code");
  const name = take(isError(thrown) ? className(thrown) : "Error", 1 / 8, 100);
  const keptCode = typeof code === "string" ? take(code, 1 / 8, 100) : undefined;
  const bare = new Error(take(read(thrown, "message") ?? thrown, 1 / 2));
  defineHidden(bare, "name", name);
  defineHidden(bare, "stack", take(read(thrown, "stack") ?? "", 1));
  return keptCode === undefined ? bare : Object.assign(bare, { code: keptCode });
}

/** What a message with an error in it takes beside the error's texts. */
const bareBytes = 256;

/** The beginning of a text, and the most bytes that it takes on any wire. */
function beginningOf(text: string, mostBytes: number, mostCharacters: number): [text: string, bytes: number] {
  let bytes = 0;
  let end = 0;
  for (; end < Math.min(text.length, mostCharacters); end++) {
    const more = bytesOf(text.charCodeAt(end));
    if (bytes + more > mostBytes) break;
    bytes += more;
  }
  return [text.slice(0, end), bytes];
}

/** JSON escapes some and writes others in three bytes; V8 takes two for each where one needs them. */
function bytesOf(character: number): number {
  const isEscaped = character < 0x20 || (character >= 0xd800 && character <= 0xdfff);
  return isEscaped ? 6 : character < 0x80 ? 2 : 3;
}

export function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function defineHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
