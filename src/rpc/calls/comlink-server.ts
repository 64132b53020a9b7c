import { expose } from "comlink/dist/esm/comlink.mjs";

/** What a method returned or threw. */
export type Settled = { readonly value: unknown } | { readonly error: unknown };

/** A call that comlink's server runs. */
export interface Runnable {
  /** Never rejects. */
  execute(): Settled | Promise<Settled>;
}

/** comlink's server: it runs what it is given, and hands on what became of it without a look at it. */
export interface ComlinkServer {
  run(id: number, call: Runnable): void;
}

/** It is shown one function, which runs what the guard has found: there is nothing to walk, read, write or construct. */
export function comlinkServer(onSettled: (id: number, settled: Settled) => void): ComlinkServer {
  let deliver: (event: { data: unknown }) => void = () => {};
  const run = (call: Runnable) => call.execute();
  expose(Object.assign(Object.create(null), { run }), {
    postMessage: (message) => {
      const { id, type, value } = message as ComlinkAnswer;
      onSettled(id, type === "RAW" ? value : { error: thrownOf(value) });
    },
    addEventListener: (_type, listener) => {
      deliver = listener;
    },
    removeEventListener: () => {},
  });
  return {
    run: (id, call) => {
      deliver({ data: { id, type: "APPLY", path: ["run"], argumentList: [{ type: "RAW", value: call }] } });
    },
  };
}

/** What `run` gave; or what went wrong while it was handed on, which must not pass for a result. */
type ComlinkAnswer =
  | { readonly id: number; readonly type: "RAW"; readonly value: Settled }
  | { readonly id: number; readonly type: "HANDLER"; readonly value: ComlinkThrown };

interface ComlinkThrown {
  readonly isError: boolean;
  readonly value: unknown;
}

function thrownOf({ isError, value }: ComlinkThrown): unknown {
  return isError ? Object.assign(new Error(), value) : value;
}
