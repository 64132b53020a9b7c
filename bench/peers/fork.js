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
  return { name: `fork() IPC, ${serialization}`, start: async () => forkedChild(far, serialization) };
}

/**
 * @param {string} file A module that answers every message with one.
 * @param {"json" | "advanced"} serialization
 */
export function forkedChild(file, serialization) {
  const child = fork(file, { serialization });
  const { call, answer } = inOrder((message) => child.send(message));
  child.on("message", answer);
  const stop = async () => {
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  };
  return { call, stop };
}
