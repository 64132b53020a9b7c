import { callContext, serve } from "portcall/plugin";

const downloads = {
  /** Calls back with each step's number, and returns when all are done. */
  async fetch(steps, onProgress) {
    for (let step = 1; step <= steps; step++) await onProgress(step);
    return `fetched in ${steps} steps`;
  },
  /** A stream: its reader gets lines as they are made, and ends it by leaving. */
  async *follow() {
    for (let line = 1; ; line++) yield `line ${line}`;
  },
  /** Works until its caller gives up. */
  async forever() {
    const { signal } = callContext();
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  },
};
await serve({ downloads });
