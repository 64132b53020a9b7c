interface Listeners {
  readonly all: Set<() => void>;
  readonly aborted: () => void;
}

/** What waits for each signal: one listener stands for all, for Node warns of more than ten on one signal. */
const waiting = new WeakMap<AbortSignal, Listeners>();

/** Calls back when the signal aborts, unless the returned function is called before. Each listener is given once. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? listen(signal);
  listeners.all.add(listener);
  return () => {
    listeners.all.delete(listener);
    if (listeners.all.size > 0) return;
    // A signal that somebody listens to is kept alive.
    signal.removeEventListener("abort", listeners.aborted);
    waiting.delete(signal);
  };
}

function listen(signal: AbortSignal): Listeners {
  const all = new Set<() => void>();
  const aborted = () => {
    for (const listener of [...all]) if (all.has(listener)) listener();
  };
  const listeners = { all, aborted };
  waiting.set(signal, listeners);
  signal.addEventListener("abort", aborted, { once: true });
  return listeners;
}
