import { kinds } from "../frames.js";
import { keepRetainer } from "../values/marks.js";
import { released } from "./released.js";

/** How long a handle to a live value of the peer's may be used: until its call ends, or for as long as it is retained. */
export interface HandleLife {
  /** Throws `ERR_ABORTED` once the handle was let go of. */
  check(): void;
  /** The call that the handle came with has ended. */
  callEnded(): void;
  /** Lets go of the handle, whoever retains it. Safe to call twice. */
  dispose(): void;
  /** The peer has closed the channel. */
  close(): void;
  /**
   * Lets `retain()` find the handle by the value that stands for it. `isFreed` says that a handle which no call ends is
   * disposed of when it is not retained any more, for it is never collected.
   */
  retainable(value: object, isFreed: boolean): void;
}

/** `let go` is called once, when the handle cannot be used any more. */
export function handleLife(
  send: (kind: typeof kinds.release | typeof kinds.retain) => void,
  letGo: () => void,
): HandleLife {
  let alive = true;
  let retains = 0;
  /** Whether the peer keeps the value beyond the call. */
  let isKept = false;
  let callIsOver = false;
  let isFreed = false;

  const close = () => {
    if (!alive) return;
    alive = false;
    letGo();
  };
  const dispose = () => {
    if (alive) send(kinds.release);
    close();
  };
  const expire = () => {
    if (isKept) dispose();
    else close();
  };
  const check = () => {
    if (!alive) throw released();
  };
  const retain = () => {
    check();
    if (!isKept && !callIsOver) send(kinds.retain);
    isKept = true;
    retains++;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      retains--;
      if (retains === 0 && (callIsOver || isFreed)) expire();
    };
  };
  return {
    check,
    callEnded: () => {
      callIsOver = true;
      if (retains === 0) expire();
    },
    dispose,
    close,
    retainable: (value, isFreedThen) => {
      isFreed = isFreedThen;
      keepRetainer(value, retain);
    },
  };
}
