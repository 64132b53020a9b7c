/**
 * What lives as long as one call, on either side: it ends when the call has settled and every stream in its result has
 * ended, or when the call is given up.
 */
export interface CallScope {
  /** Calls back at the end; at once where that has been. */
  onEnd(listener: (reason?: Error) => void): void;
  /** Keeps the call from ending until the returned function is called. */
  hold(): () => void;
  /** How many keep it from ending, its own settling included. */
  readonly holds: number;
  /** Lets go of the call's own hold. */
  settled(): void;
  /** Ends the call whatever it waits for. */
  end(reason: Error): void;
}

/** A scope with one hold, which is the call's own. */
export function callScope(): CallScope {
  let holds = 1;
  let ended = false;
  let endReason: Error | undefined;
  let listeners: ((reason?: Error) => void)[] = [];
  const finish = (reason?: Error) => {
    if (ended) return;
    ended = true;
    endReason = reason;
    const told = listeners;
    listeners = [];
    for (const listener of told) listener(reason);
  };
  const letGo = () => {
    holds--;
    if (holds === 0) finish();
  };
  return {
    onEnd: (listener) => {
      if (ended) listener(endReason);
      else listeners.push(listener);
    },
    hold: () => {
      holds++;
      return once(letGo);
    },
    get holds() {
      return holds;
    },
    settled: letGo,
    end: finish,
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
