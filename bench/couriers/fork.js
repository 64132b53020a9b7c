import { fileURLToPath } from "node:url";
import { forkedChild } from "../peers/fork.js";

/** @import { Courier } from "./courier.js" */

const far = fileURLToPath(new URL("./far/fork.js", import.meta.url));

/** @type {Courier} */
export const forked = {
  name: "fork() IPC, advanced",
  start: async () => {
    const { call, stop } = forkedChild(far, "advanced");
    return {
      take: (bytes) => call({ take: bytes }),
      echo: (bytes) => /** @type {Promise<Buffer>} */ (call({ echo: bytes })),
      stop,
    };
  },
};
