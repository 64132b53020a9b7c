/** What an interrupt may take to be acknowledged before the next goes out all the same. */
const acknowledgeMs = 200;

/** Interrupts of one plugin, one at a time: two signals in a row would arrive as one. */
export interface InterruptQueue {
  interrupt(): void;
  /** The plugin has counted one. */
  acknowledged(): void;
  /** The plugin has ended: what waits is dropped. */
  end(): void;
}

export function interruptQueue(send: () => void): InterruptQueue {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const next = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === 0 || ended) return;
    waiting--;
    send();
    timer = setTimeout(next, acknowledgeMs);
  };
  return {
    interrupt: () => {
      waiting++;
      if (timer === undefined) next();
    },
    acknowledged: next,
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
