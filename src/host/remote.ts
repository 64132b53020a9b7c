import { inspect } from "node:util";

/** A component's methods as its host sees them: each returns a promise. Types alone; docs/architecture.md has the walk of a call. */
export type Remote<C> = { readonly [K in keyof C as K extends string ? K : never]: RemoteComponent<C[K]> };

/** The methods of one component. What is not a method cannot be reached and is not there. */
export type RemoteComponent<T> = {
  readonly [M in keyof T as M extends string ? (T[M] extends AnyFunction ? M : never) : never]: RemoteMethod<
    T[M]
  >;
};

/**
 * A method that returns promises only is left as it is, type parameters and overloads included. Of others, up to four
 * overloads survive; TypeScript cannot keep the type parameters of a function whose result it changes.
 */
export type RemoteMethod<F> = F extends {
  (...args: infer A1): infer R1;
  (...args: infer A2): infer R2;
  (...args: infer A3): infer R3;
  (...args: infer A4): infer R4;
}
  ? false extends IsPromise<R1> | IsPromise<R2> | IsPromise<R3> | IsPromise<R4>
    ? // Of fewer than four overloads, TypeScript finds the first several times.
      UnlessSame<[A1, R1], [A2, R2], (...args: A1) => Promise<Awaited<R1>>> &
        UnlessSame<[A2, R2], [A3, R3], (...args: A2) => Promise<Awaited<R2>>> &
        UnlessSame<[A3, R3], [A4, R4], (...args: A3) => Promise<Awaited<R3>>> &
        ((...args: A4) => Promise<Awaited<R4>>)
    : F
  : never;

type AnyFunction = (...args: never) => unknown;

/** Whether R is a plain promise: not `any` or `never`, which fit everywhere, and no subclass, which does not travel. */
type IsPromise<R> = 0 extends 1 & R
  ? false
  : [R] extends [never]
    ? false
    : [R, Promise<Awaited<R>>] extends [Promise<unknown>, R]
      ? true
      : false;

type UnlessSame<X, Y, T> = (<U>() => U extends X ? 1 : 2) extends <U>() => U extends Y ? 1 : 2 ? unknown : T;

type CallMethod = (name: string, args: readonly unknown[]) => Promise<unknown>;

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

/** The components of a plugin, each made when it is first named. `label` is what a printer shows. */
export function remoteComponents(label: string, call: CallMethod): object {
  return polite(label, {}, (component) =>
    polite(`${label}.${component}`, {}, (method) => {
      const name = `${component}.${method}`;
      return polite(
        `${label}.${name}()`,
        (...args: unknown[]) => call(name, args),
        () => undefined,
      );
    }),
  );
}

/** An object whose properties are made on first use, and which nothing can write to. */
function polite(label: string, target: object, make: (name: string) => unknown): object {
  const made = new Map<string, unknown>();
  const refuse = (): never => {
    throw new TypeError(`${label} is remote: its properties cannot be written, defined or deleted.`);
  };
  // A printer looks behind a Proxy, at its target.
  Object.defineProperty(target, inspect.custom, { value: () => `[remote ${label}]`, configurable: true });
  return new Proxy(target, {
    get: (object, name) => {
      if (name === Symbol.toStringTag) return "Remote";
      if (typeof object === "function" && typeof name === "string" && name in object)
        return Reflect.get(object, name);
      if (typeof name === "symbol" || probes.has(name)) return undefined;
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
