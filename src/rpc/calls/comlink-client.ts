import { wrap } from "comlink/dist/esm/comlink.mjs";

/** comlink's client: it makes the promise of each call, and settles it with what its endpoint is told. */
export interface ComlinkClient<Call> {
  /** Has `post` called in this turn, with the call and the id by which to settle it. */
  call(call: Call): Promise<unknown>;
  resolve(id: string, value: unknown): void;
  /** Rejects with what `error` makes, in the turn of the caller: its stack then leads back to the call. */
  reject(id: string, error: () => unknown): void;
  /**
   * Lets go of all that `post` reaches: comlink holds an endpoint until its proxies are collected, which a session that
   * is held by that endpoint would hold. No call may follow.
   */
  end(): void;
}

/**
 * One remote function stands for all calls of a session: comlink posts a request in the turn of the call, under a long
 * random id; on the wire the call has a small number, and goes where its target says.
 */
export function comlinkClient<Call>(post: (call: Call, id: string) => void): ComlinkClient<Call> {
  let current: Call | undefined;
  let send: typeof post | undefined = post;
  let deliver: (event: { data: unknown }) => void = () => {};
  const remote = wrap({
    postMessage: (message) => send?.(current as Call, (message as { readonly id: string }).id),
    addEventListener: (_type, listener) => {
      deliver = listener;
    },
    removeEventListener: () => {},
  });
  let call = remote.call as (() => Promise<unknown>) | undefined;
  return {
    call: (made) => {
      current = made;
      return (call as () => Promise<unknown>)();
    },
    resolve: (id, value) => deliver({ data: { id, type: "RAW", value } }),
    reject: (id, error) =>
      deliver({ data: { id, type: "HANDLER", name: "throw", value: new Thrown(error) } }),
    end: () => {
      current = undefined;
      send = undefined;
      call = undefined;
    },
  };
}

/** What comlink throws as it is, when it takes the value out. */
class Thrown {
  readonly isError = false;
  readonly #error: () => unknown;
  constructor(error: () => unknown) {
    this.#error = error;
  }
  get value(): unknown {
    return this.#error();
  }
}
