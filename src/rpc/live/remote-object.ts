import { proxy } from "../values/marks.js";

/**
 * Names that promises, JSON, printers and test frameworks read of every object they meet. They must read as undefined:
 * a remote method of that name would be called by accident.
 */
const probes = new Set([
  "then",
  "catch",
  "finally",
  "toJSON",
  "constructor",
  "prototype",
  "__proto__",
  "asymmetricMatch",
  "nodeType",
  "tagName",
  "$$typeof",
  "@@__IMMUTABLE_ITERABLE__@@",
  "@@__IMMUTABLE_RECORD__@@",
]);

const inspectCustom = Symbol.for("nodejs.util.inspect.custom");

/**
 * An object whose properties are made on first use, and which nothing can write to. `label` is what a printer shows;
 * `symbols` are the properties it has under symbols, such as `Symbol.dispose`.
 */
export function remoteObject(
  label: string,
  target: object,
  make: (name: string) => unknown,
  symbols: { readonly [name: symbol]: unknown } = {},
): object {
  const made = new Map<string, unknown>();
  const refuse = (): never => {
    throw new TypeError(`${label} is remote: its properties cannot be written, defined or deleted.`);
  };
  const describe = () => `[remote ${label}]`;
  // A printer looks behind a Proxy, at its target.
  Object.defineProperty(target, inspectCustom, { value: describe, configurable: true });
  return new Proxy(target, {
    get: (object, name) => {
      if (name === Symbol.toStringTag) return "Remote";
      // Without it `${remote}` would call a remote toString().
      if (name === Symbol.toPrimitive) return describe;
      if (typeof object === "function" && typeof name === "string" && name in object)
        return Reflect.get(object, name);
      if (typeof name === "symbol") return symbols[name];
      if (probes.has(name)) return undefined;
      if (!made.has(name)) made.set(name, make(name));
      return made.get(name);
    },
    getPrototypeOf: (object) => (typeof object === "function" ? Function.prototype : null),
    has: () => false,
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  });
}

/** Something of the peer's that can be called until it is let go of. */
type CallMethod = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** A function of the peer's. */
export function remoteFunction(call: CallMethod, dispose: () => void): object {
  const remote = (...args: unknown[]) => call("", args);
  return Object.defineProperties(remote, {
    name: { value: "remote" },
    [inspectCustom]: { value: () => "[remote function]" },
    [Symbol.dispose]: { value: dispose },
  });
}

/** An object of the peer's. `methods` are the names it is known to have. */
export function remoteProxy(methods: readonly string[], call: CallMethod, dispose: () => void): object {
  const label = `object with ${methods.slice(0, 10).join(", ") || "no methods"}`;
  const remote = remoteObject(
    label,
    {},
    (method) =>
      (...args: unknown[]) =>
        call(method, args),
    {
      [Symbol.dispose]: dispose,
    },
  );
  proxy(remote);
  return remote;
}
