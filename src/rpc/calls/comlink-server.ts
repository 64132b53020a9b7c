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
      const { id, value } = message as { readonly id: number; readonly value: Settled };
      onSettled(id, value);
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
