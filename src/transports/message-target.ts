import type { WireListener } from "./transport.js";

/** The listeners of a wire. What comes while there is none waits for the first. */
export interface MessageTarget {
  add(listener: WireListener): void;
  remove(listener: WireListener): void;
  dispatch(data: unknown): void;
}

export function messageTarget(): MessageTarget {
  const listeners = new Set<WireListener>();
  let waiting: unknown[] = [];
  const dispatch = (data: unknown) => {
    if (listeners.size === 0) waiting.push(data);
    else for (const listener of [...listeners]) listener({ data });
  };
  return {
    add: (listener) => {
      listeners.add(listener);
      const early = waiting;
      waiting = [];
      for (const data of early) dispatch(data);
    },
    remove: (listener) => void listeners.delete(listener),
    dispatch,
  };
}
