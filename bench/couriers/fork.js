import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inOrder } from "../peers/peer.js";

/** @import { Courier } from "./courier.js" */

const far = fileURLToPath(new URL("./far/fork.js", import.meta.url));

/** @type {Courier} */
export const forked = {
  name: "fork() IPC, advanced",
  start: async () => {
    const child = fork(far, { serialization: "advanced" });
    const { call, answer } = inOrder((message) => child.send(/** @type {any} */ (message)));
    child.on("message", answer);
    const stop = async () => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    };
    return {
      take: (bytes) => call({ take: bytes }),
      echo: (bytes) => /** @type {Promise<Buffer>} */ (call({ echo: bytes })),
      stop,
    };
  },
};
