/**
 * What lives as long as one call, on either side: it ends when the call has settled and every stream in its result has
 * ended, or when the call is given up. One is made for every call, so it makes nothing that few of them need.
 */
export class CallScope {
  #holds = 1;
  #hasEnded = false;
  #reason: Error | undefined;
  #listeners: ((reason?: Error) => void)[] | undefined;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** How many keep the call from ending, its own settling included. */
  get holds(): number {
    return this.#holds;
  }

  /** Calls back at the end; at once where that has been. */
  onEnd(listener: (reason?: Error) => void): void {
    if (this.#hasEnded) {
      listener(this.#reason);
    } else {
      this.#listeners ??= [];
      this.#listeners.push(listener);
    }
  }

  /** Keeps the call from ending until the returned function is called. */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (isHeld) this.settled();
      isHeld = false;
    };
  }

  /** Lets go of the call's own hold. */
  settled(): void {
    this.#holds--;
    if (this.#holds === 0) this.#finish(undefined);
  }

  /** Ends the call whatever it waits for. */
  end(reason: Error): void {
    this.#finish(reason);
  }

  #finish(reason: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
  }
}
