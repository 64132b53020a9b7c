import type { ExitStatus } from "./transport.js";

/** What a plugin that was forced may take to be gone before it counts as stuck. */
const stuckAfterMs = 700;

/** The end of one plugin: `exited`, and the order in which it is brought about. */
export interface Ending {
  readonly exited: Promise<ExitStatus>;
  /** For the transport to call once the plugin is gone. After a `stop()` the plugin counts as killed. */
  ended(status: ExitStatus): void;
  /** Asks, waits, forces, waits again. Settles within `graceMs` plus one second; never rejects. */
  stop(graceMs: number): Promise<ExitStatus>;
}

export function ending(plugin: { ask(): void; force(): void }): Ending {
  let wish: "live" | "asked" | "forced" = "live";
  let settle: (status: ExitStatus) => void = () => {};
  const exited = new Promise<ExitStatus>((resolve) => {
    settle = resolve;
  });
  return {
    exited,
    ended: (status) => {
      const killed = wish !== "live" && status.how !== "never-started";
      settle(killed ? { how: "killed", forced: wish === "forced" } : status);
    },
    stop: async (graceMs) => {
      if (wish === "live" && graceMs > 0) {
        wish = "asked";
        plugin.ask();
      }
      if (await within(graceMs, exited)) return exited;
      wish = "forced";
      plugin.force();
      await within(stuckAfterMs, exited);
      settle({ how: "stuck" });
      return exited;
    },
  };
}

/** Whether the promise resolves within the time. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
