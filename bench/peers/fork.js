import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inOrder } from "./peer.js";

/** @import { Peer } from "./peer.js" */

const far = fileURLToPath(new URL("./far/fork.js", import.meta.url));

/**
 * @param {"json" | "advanced"} serialization
 * @returns {Peer}
 */
export function forked(serialization) {
  return {
    name: `fork() IPC, ${serialization}`,
    start: async () => {
      const child = fork(far, { serialization });
      const { call, answer } = inOrder((value) => child.send(/** @type {any} */ (value)));
      child.on("message", answer);
      const stop = async () => {
        const closed = once(child, "close");
        child.kill("SIGKILL");
        await closed;
      };
      return { call, stop };
    },
  };
}
