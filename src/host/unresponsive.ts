import type { PluginSettings } from "./options.js";
import { watchdog } from "./watchdog.js";

/** What is known of a plugin whose answers are watched. */
export interface AnsweringPlugin {
  readonly name: string;
  readonly id: string;
  ping(): Promise<void>;
  /** Whether its inspector is open: then a person may have paused it. */
  inspected(): boolean;
  /** Ends it by force. */
  end(): void;
}

/**
 * Reports a plugin that does not answer for `unresponsiveAfterMs`, once until it answers again, and ends it where
 * `onUnresponsive` says so. One that a debugger may have paused is left alone. Returns how to end the watch.
 */
export function watchAnswers(plugin: AnsweringPlugin, settings: PluginSettings): () => void {
  const { unresponsiveAfterMs: afterMs, onUnresponsive, logger } = settings;
  if (afterMs === undefined) return () => {};
  const who = `${plugin.name}: plugin ${plugin.id}`;
  let reported = false;
  const stop = watchdog(
    {
      ping: plugin.ping,
      silent: () => void report(),
      answered: (silentMs) => {
        if (reported) logger.warn(`${who} answers again, after ${Math.round(silentMs)} ms.`);
        reported = false;
      },
    },
    afterMs,
  );
  const report = async () => {
    if (plugin.inspected() || (await isHostInspected())) {
      logger.debug(`${who} has not answered for ${afterMs} ms; a debugger may have paused it.`);
      return;
    }
    reported = true;
    const next =
      onUnresponsive === "kill"
        ? "It is ended."
        : 'It is left to go on; onUnresponsive: "kill" would end it.';
    logger.warn(`${who} has not answered for ${afterMs} ms: a loop or a synchronous call blocks it. ${next}`);
    if (onUnresponsive === "kill") plugin.end();
  };
  return stop;
}

/** Threads are paused with the inspector of their host. Loaded when needed: some builds of Node have none. */
async function isHostInspected(): Promise<boolean> {
  try {
    return (await import("node:inspector")).url() !== undefined;
  } catch {
    return false;
  }
}
