import { PluginError, type PluginErrorCode } from "../errors.js";

/** An error as it travels. Everything in it is structured-cloneable. */
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

/** Describes anything that was thrown. What cannot travel is left out of an error, or named where it was the value itself. */
export function describeError(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error))
    return { thrown: "value", value: cloneable(thrown) ? thrown : String(thrown) };
  const described: { -readonly [K in keyof WireError & string]: unknown } & Record<string, unknown> = {
    thrown: "error",
    name: className(thrown),
    message: String(thrown.message),
    stack: String(thrown.stack ?? ""),
    props: ownProperties(thrown),
  };
  if (depth < deepestCause) {
    if (Object.hasOwn(thrown, "cause")) described.cause = describeError(thrown.cause, depth + 1);
    const { errors } = thrown as AggregateError;
    if (Array.isArray(errors)) {
      described.errors = errors.slice(0, mostErrors).map((error) => describeError(error, depth + 1));
    }
  }
  return described as WireError;
}

/**
 * Makes the error again on this side: of the same class where that is one of JavaScript's or ours, else an Error of that
 * name. Its stack shows the far part, then the near one, which is this function's caller. `from` names the far side.
 */
export function reviveError(wire: unknown, from: string): unknown {
  const revived = revive(wire, 0);
  if (revived instanceof Error) {
    const near = String(new Error().stack).split("\n").slice(2).join("\n");
    defineHidden(revived, "stack", `${revived.stack}\n    -- called in ${from} from --\n${near}`);
  }
  return revived;
}

function revive(wire: unknown, depth: number): unknown {
  const { thrown, value, name, message, stack, props, cause, errors } = wire as Record<string, unknown>;
  if (thrown !== "error" || depth > deepestCause) return value;
  const error = newError(String(name), String(message), props);
  for (const [key, item] of Object.entries(Object(props))) {
    if (key !== "__proto__" && key !== "constructor") assign(error, key, item);
  }
  if (error.name !== name && !(error instanceof DOMException)) defineHidden(error, "name", String(name));
  defineHidden(error, "stack", String(stack));
  if (isObject(cause)) defineHidden(error, "cause", revive(cause, depth + 1));
  if (Array.isArray(errors)) {
    defineHidden(
      error,
      "errors",
      errors.slice(0, mostErrors).map((item) => (isObject(item) ? revive(item, depth + 1) : item)),
    );
  }
  return error;
}

const builtIn: Record<string, new (message: string) => Error> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function newError(name: string, message: string, props: unknown): Error {
  if (name === "PluginError") return new PluginError((props as { code: PluginErrorCode })?.code, message);
  if (name === "AggregateError") return new AggregateError([], message);
  if (name.startsWith("DOMException ")) return new DOMException(message, name.slice("DOMException ".length));
  const known = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
  return new (known ?? Error)(message);
}

/** The name an error goes by, or its class where it goes by none of its own. */
function className(error: Error): string {
  if (error instanceof DOMException) return `DOMException ${error.name}`;
  const { name } = error;
  const inherited =
    name === "Error" && typeof error.constructor === "function" ? error.constructor.name : name;
  return String(inherited || "Error");
}

function ownProperties(error: Error): Record<string, unknown> {
  const props: Record<string, unknown> = {};
  for (const key of Object.keys(error)) {
    if (["cause", "errors", "stack", "message", "name"].includes(key)) continue;
    const value = (error as unknown as Record<string, unknown>)[key];
    if (cloneable(value)) props[key] = value;
  }
  return props;
}

/** Whether a value can travel on any wire. */
function cloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function assign(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
}

function defineHidden(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
