import { wrap } from "comlink/dist/esm/comlink.mjs";

/** How a call ends: with a value, or by throwing what `error` makes, in the turn in which the caller is told. */
export type Outcome = { readonly value: unknown } | { readonly error: () => unknown };

/** comlink's client: it makes the promise of each call, and settles it with what its endpoint is told. */
export interface ComlinkClient {
  /** `post` is told in the same turn how to settle the call. */
  call(post: (done: (outcome: Outcome) => void) => void): Promise<unknown>;
}

/**
 * One remote function stands for all calls of a session: comlink posts a request in the turn of the call, under a long
 * random id; on the wire the call has a small number, and goes where its target says.
 */
export function comlinkClient(): ComlinkClient {
  let current: (done: (outcome: Outcome) => void) => void = () => {};
  let deliver: (event: { data: unknown }) => void = () => {};
  const remote = wrap({
    postMessage: (message) => {
      const { id } = message as { readonly id: string };
      current((outcome) => deliver({ data: asResponse(id, outcome) }));
    },
    addEventListener: (_type, listener) => {
      deliver = listener;
    },
    removeEventListener: () => {},
  });
  const call = remote.call as () => Promise<unknown>;
  return {
    call: (post) => {
      current = post;
      return call();
    },
  };
}

/**
 * An error is taken out by comlink in the turn of the caller, and thrown as it is: one that is made then has a stack
 * that leads back to the call.
 */
function asResponse(id: string, outcome: Outcome): object {
  if ("value" in outcome) return { id, type: "RAW", value: outcome.value };
  const value = {
    isError: false,
    get value() {
      return outcome.error();
    },
  };
  return { id, type: "HANDLER", name: "throw", value };
}
