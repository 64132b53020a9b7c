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
  let unheard = 0;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const next = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === 0 || ended) return;
    waiting--;
    unheard++;
    send();
    timer = setTimeout(next, acknowledgeMs);
  };
  const acknowledged = () => {
    unheard = Math.max(0, unheard - 1);
    // Where a busy plugin was sent several meanwhile, the next waits for the last of them.
    if (unheard === 0) next();
  };
  return {
    interrupt: () => {
      waiting++;
      if (timer === undefined) next();
    },
    acknowledged,
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
