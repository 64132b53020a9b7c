import type { ExitStatus } from "./transport.js";

/** What a plugin that was forced may take to be gone before it counts as stuck. */
const stuckAfterMs = 900;

/** The end of one plugin: `exited`, and the order in which it is brought about. */
export interface Ending {
  readonly exited: Promise<ExitStatus>;
  /**
   * For the transport to call as soon as the plugin is gone; `exited` waits for `drained`, what is left of its output.
   * After a `stop()` the plugin counts as killed.
   */
  ended(status: ExitStatus, drained?: Promise<unknown>): void;
  /** Asks, waits, forces, waits again. Settles within `graceMs` plus one second; never rejects. */
  stop(graceMs: number): Promise<ExitStatus>;
}

export function ending(plugin: { ask(): void; force(): void }): Ending {
  let wish: "live" | "asked" | "forced" = "live";
  let outcome: ExitStatus | undefined;
  let settle: (status: ExitStatus) => void = () => {};
  const exited = new Promise<ExitStatus>((resolve) => {
    settle = resolve;
  });
  return {
    exited,
    ended: (status, drained = Promise.resolve()) => {
      const killed = wish !== "live" && status.how !== "never-started";
      const ended: ExitStatus = killed ? { how: "killed", forced: wish === "forced" } : status;
      outcome = ended;
      void drained.then(() => settle(ended));
    },
    stop: async (graceMs) => {
      if (wish === "live" && graceMs > 0 && outcome === undefined) {
        wish = "asked";
        plugin.ask();
      }
      if (await within(graceMs, exited)) return exited;
      if (outcome === undefined) {
        wish = "forced";
        plugin.force();
      }
      await within(stuckAfterMs, exited);
      settle(outcome ?? { how: "stuck" });
      return exited;
    },
  };
}

/** How often a wait looks whether it is over. */
const looks = 4;

/**
 * Whether the promise resolves within the time. What counts is how often this host could have heard of it: one that was
 * itself blocked, or stopped, has looked once and not for so long.
 */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    let left = ms < looks ? 1 : looks;
    timer = setInterval(() => {
      if (--left === 0) resolve(false);
    }, ms / left);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearInterval(timer);
  }
}
