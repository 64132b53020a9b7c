/** A plugin that is to answer, as its watchdog sees it. */
export interface WatchedPlugin {
  /** Resolves when the plugin has answered. May never settle. */
  ping(): Promise<void>;
  /** It has not answered for the time. Told once, until it has answered. */
  silent(): void;
  /** It answers, after it was silent for about so long. */
  answered(silentMs: number): void;
}

/** How often the watchdog looks within the time. */
const looks = 10;

/**
 * Pings a plugin and tells when it has not answered for `afterMs`, give or take a tenth. What counts is how often this
 * host could have heard an answer: a host that was itself blocked, or stopped, has looked once and not for so long.
 *
 * Returns how to end the watch. It does not keep the host alive.
 */
export function watchdog(plugin: WatchedPlugin, afterMs: number): () => void {
  let asked: number | undefined;
  let unheard = 0;
  let ended = false;

  const answered = () => {
    if (!ended && unheard >= looks) plugin.answered(performance.now() - (asked as number));
    asked = undefined;
    unheard = 0;
  };
  const look = () => {
    if (asked === undefined) {
      asked = performance.now();
      plugin.ping().then(answered, () => {});
    } else {
      unheard++;
      if (unheard === looks) plugin.silent();
    }
  };
  const timer = setInterval(look, Math.max(1, afterMs / looks)).unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
