import { remoteObject } from "../rpc/live/remote-object.js";
import { type IsByReference, proxy } from "../rpc/values/marks.js";

/** A component's methods as its host sees them: each returns a promise. Types alone; docs/architecture.md has the walk of a call. */
export type Remote<C> = { readonly [K in keyof C as K extends string ? K : never]: RemoteComponent<C[K]> };

/** The methods of one component. What is not a method cannot be reached and is not there. */
export type RemoteComponent<T> = {
  readonly [M in keyof T as M extends string
    ? NonNullable<T[M]> extends AnyFunction
      ? M
      : never
    : never]: MaybeRemoteMethod<T[M]>;
};

/** A method that a plugin may lack is one that its host may lack. */
type MaybeRemoteMethod<F> = [F] extends [NonNullable<F>]
  ? RemoteMethod<F>
  : RemoteMethod<NonNullable<F>> | undefined;

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
      UnlessSame<[A1, R1], [A2, R2], (...args: A1) => Promise<RemoteValue<Awaited<R1>>>> &
        UnlessSame<[A2, R2], [A3, R3], (...args: A2) => Promise<RemoteValue<Awaited<R2>>>> &
        UnlessSame<[A3, R3], [A4, R4], (...args: A3) => Promise<RemoteValue<Awaited<R3>>>> &
        ((...args: A4) => Promise<RemoteValue<Awaited<R4>>>)
    : F
  : never;

/**
 * A result as its caller gets it: functions answer later and are disposable, what is marked by `proxy()` has its methods
 * alone, wherever they stand in it. A type without such parts, up to four levels deep, is left as it is.
 */
export type RemoteValue<T> = true extends IsLive<T, [1, 2, 3, 4]> ? Revived<T> : T;

/** Whether there is something live in T: true, false, or both for a union. `Levels` counts those to look into. */
type IsLive<T, Levels> = unknown extends T
  ? false
  : T extends Unchanged
    ? false
    : IsByReference<T> extends true
      ? true
      : T extends AnyFunction
        ? true
        : Levels extends [unknown, ...infer Below]
          ? T extends readonly (infer Item)[]
            ? IsLive<Item, Below>
            : T extends object
              ? { [K in keyof T]-?: IsLive<T[K], Below> }[keyof T]
              : false
          : false;

type Revived<T> = T extends Unchanged
  ? T
  : IsByReference<T> extends true
    ? RemoteComponent<T> & Disposable
    : T extends AnyFunction
      ? RemoteMethod<T> & Disposable
      : T extends object
        ? { [K in keyof T]: RemoteValue<T[K]> }
        : T;

/** What arrives as what it is, and streams, whose items are not looked into. */
type Unchanged =
  | AsyncIterable<unknown>
  | AbortSignal
  | ArrayBufferLike
  | ArrayBufferView
  | Date
  | Error
  | RegExp
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>;

type AnyFunction = (...args: never) => unknown;

/**
 * Whether R is a plain promise of what arrives as it is: not `any` or `never`, which fit everywhere, and no subclass,
 * which does not travel.
 */
type IsPromise<R> = 0 extends 1 & R
  ? false
  : [R] extends [never]
    ? false
    : [R, Promise<RemoteValue<Awaited<R>>>] extends [Promise<RemoteValue<Awaited<R>>>, R]
      ? true
      : false;

type UnlessSame<X, Y, T> = (<U>() => U extends X ? 1 : 2) extends <U>() => U extends Y ? 1 : 2 ? unknown : T;

type CallMethod = (name: string, args: readonly unknown[]) => Promise<unknown>;

/** The components of a plugin, each made when it is first named. `label` is what a printer shows. */
export function remoteComponents(label: string, call: CallMethod): object {
  const remoteMethod = (name: string) =>
    remoteObject(
      `${label}.${name}()`,
      (...args: unknown[]) => call(name, args),
      () => undefined,
    );
  // A component may be handed on to somebody else: it goes by reference.
  return remoteObject(label, {}, (component) =>
    proxy(remoteObject(`${label}.${component}`, {}, (method) => remoteMethod(`${component}.${method}`))),
  );
}
