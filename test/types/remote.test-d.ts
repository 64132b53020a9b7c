import type { ByReference, Remote, RemoteMethod, RemoteValue } from "portcall";

// Checked by tsc: each type below states a fact about Remote<C>, and does not compile where the fact does not hold.

type Holds<Fact extends true> = Fact;
type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false;
/** Whether a call with these arguments compiles, whichever overload takes it. */
type Takes<F, A extends unknown[], R> = F extends (...args: A) => R ? true : false;

export type MakesAMethodReturnAPromise = Holds<
  Same<RemoteMethod<(name: string) => string>, (name: string) => Promise<string>>
>;

export type TurnsAVoidResultIntoAPromiseOfNothing = Holds<
  Same<RemoteMethod<() => void>, () => Promise<void>>
>;

interface Optional {
  maybe?(name: string): string;
  unset: ((name: string) => string) | null;
  untyped: Untyped;
  text?: string;
}
type RemoteOptional = Remote<{ it: Optional }>["it"];
type MayBeMissing = ((name: string) => Promise<string>) | undefined;
export type KeepsMethodsThatMayBeMissing = [
  Holds<Same<keyof RemoteOptional, "maybe" | "unset" | "untyped">>,
  Holds<Same<RemoteOptional["maybe"], MayBeMissing>>,
  Holds<Same<RemoteOptional["unset"], MayBeMissing>>,
  Holds<Same<RemoteOptional["untyped"], RemoteMethod<Untyped>>>,
];

export type UnwrapsAUnionOfResultsAndPromises = Holds<
  Same<RemoteMethod<() => string | Promise<number> | undefined>, () => Promise<string | number | undefined>>
>;

export type PromisesWhatNeverReturnsAndWhatIsNotTyped = [
  Holds<Same<RemoteMethod<() => never>, () => Promise<never>>>,
  Holds<Same<ReturnType<RemoteMethod<typeof JSON.parse>>, Promise<Untyped>>>,
];
type Untyped = ReturnType<typeof JSON.parse>;

export type UnwrapsAThenableAndASubclassOfPromise = [
  Holds<Same<RemoteMethod<() => PromiseLike<string>>, () => Promise<string>>>,
  Holds<Same<RemoteMethod<() => Deferred>, () => Promise<string>>>,
];
interface Deferred extends Promise<string> {
  resolve(value: string): void;
}

export type KeepsOptionalAndRestParameters = Holds<
  Same<
    RemoteMethod<(path: string, depth?: number, ...names: readonly string[]) => number>,
    (path: string, depth?: number, ...names: readonly string[]) => Promise<number>
  >
>;

type Overloaded = RemoteMethod<{
  (key: string): number;
  (key: string, fallback: Date): Date;
  (keys: string[]): Promise<number[]>;
  (all: true): void;
}>;
export type KeepsFourOverloads = [
  Holds<Takes<Overloaded, [string], Promise<number>>>,
  Holds<Takes<Overloaded, [string, Date], Promise<Date>>>,
  Holds<Takes<Overloaded, [string[]], Promise<number[]>>>,
  Holds<Takes<Overloaded, [true], Promise<void>>>,
  Holds<Same<Takes<Overloaded, [number], unknown>, false>>,
];

export type ListsEachOfFewerOverloadsOnce = Holds<
  Same<
    RemoteMethod<{ (key: string): number; (keys: string[]): number[] }>,
    ((key: string) => Promise<number>) & ((keys: string[]) => Promise<number[]>)
  >
>;

type SometimesPromised = RemoteMethod<{ (key: string): Promise<number>; (keys: string[]): number[] }>;
export type PromisesEveryOverloadWhereOnlyOneDidSo = [
  Holds<Takes<SometimesPromised, [string], Promise<number>>>,
  Holds<Takes<SometimesPromised, [string[]], Promise<number[]>>>,
];

type Echo = <T>(value: T) => Promise<T>;
export type KeepsTypeParametersOfAMethodThatReturnsAPromise = Holds<Same<RemoteMethod<Echo>, Echo>>;

export type PromisesAGenericResultOfUnknownType = Holds<
  Same<RemoteMethod<<T>(value: T) => T>, (value: unknown) => Promise<unknown>>
>;

declare class Counter {
  readonly step: number;
  private readonly secret: string;
  protected reset(): void;
  get value(): number;
  add(by?: number): number;
}
declare class LoudCounter extends Counter {
  shout(): string;
}
export type TakesAClassWithItsPublicMethods = Holds<
  Same<
    Remote<{ counter: LoudCounter }>,
    {
      readonly counter: {
        readonly add: (by?: number) => Promise<number>;
        readonly shout: () => Promise<string>;
      };
    }
  >
>;

interface Mixed {
  readonly version: string;
  readonly list: readonly string[];
  readonly nested: { run(): void };
  readonly run: () => number;
  [Symbol.iterator](): Iterator<string>;
  1(): void;
}
export type DropsWhatIsNoMethodWithAName = Holds<
  Same<Remote<{ mixed: Mixed; 2: Mixed }>, { readonly mixed: { readonly run: () => Promise<number> } }>
>;

interface Writable {
  components: { method(): void };
}
export type IsReadonly = Holds<
  Same<Remote<Writable>, { readonly components: { readonly method: () => Promise<void> } }>
>;

const plain = { greeter: { greet: (name: string) => `Hello, ${name}!` } };
export type TakesThePluginsOwnObject = Holds<
  Same<Remote<typeof plain>["greeter"]["greet"], (name: string) => Promise<string>>
>;

type RemoteAdd = ((by: number) => Promise<number>) & Disposable;
export type GivesAFunctionThatAnswersLaterAndIsDisposable = [
  Holds<Same<RemoteMethod<() => (by: number) => number>, () => Promise<RemoteAdd>>>,
  Holds<Same<RemoteMethod<() => Promise<(by: number) => number>>, () => Promise<RemoteAdd>>>,
  Holds<Same<RemoteValue<() => void>, (() => Promise<void>) & Disposable>>,
];

type RemoteCounter = {
  readonly shout: () => Promise<string>;
  readonly add: (by?: number) => Promise<number>;
} & Disposable;
type Marked = LoudCounter & ByReference;
export type GivesARemoteObjectForWhatIsMarkedByReference = [
  Holds<Takes<RemoteMethod<() => Marked>, [], Promise<RemoteCounter>>>,
  Holds<Takes<RemoteMethod<() => Promise<Marked>>, [], Promise<RemoteCounter>>>,
  Holds<Same<keyof RemoteValue<Marked>, keyof RemoteCounter>>,
];

interface Nested {
  readonly list: readonly ((by: number) => number)[];
  pair?: [string, { counter: Marked | undefined }];
}
declare const nested: RemoteValue<Nested>;
export const findsLiveValuesWhereverTheyStand: readonly RemoteAdd[] = nested.list;
export const alsoInTuplesAndUnions: RemoteCounter | undefined = nested.pair?.[1].counter;

interface Tree {
  name: string;
  when: Date;
  bytes: Uint8Array;
  parts: Map<string, Tree[]>;
  children: readonly Tree[];
}
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type LeavesATypeWithoutLiveValuesAsItIs = [
  Holds<Same<RemoteValue<Tree>, Tree>>,
  Holds<Same<RemoteValue<Json>, Json>>,
  Holds<Same<RemoteValue<Buffer | Error | undefined>, Buffer | Error | undefined>>,
  Holds<Same<RemoteMethod<(tree: Tree) => Promise<Tree[]>>, (tree: Tree) => Promise<Tree[]>>>,
  Holds<Same<RemoteValue<unknown>, unknown>>,
  Holds<Same<RemoteValue<never>, never>>,
];

export type LeavesStreamsAndSignalsAsTheyAre = [
  Holds<
    Same<RemoteMethod<() => AsyncGenerator<number, string>>, () => Promise<AsyncGenerator<number, string>>>
  >,
  Holds<Same<RemoteMethod<() => ReadableStream<string>>, () => Promise<ReadableStream<string>>>>,
  Holds<Same<RemoteMethod<() => AbortSignal>, () => Promise<AbortSignal>>>,
];
