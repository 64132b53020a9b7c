import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { createBirpc } from "birpc";
import { connectedChild } from "./child.js";
import { v8Frames } from "./v8-frames.js";

/** @import { Peer } from "./peer.js" */
/** @typedef {{ echo(value: unknown): unknown }} Echo */

const farThread = new URL("./far/birpc-thread.js", import.meta.url);
const farSocket = fileURLToPath(new URL("./far/birpc-socket.js", import.meta.url));

/** @type {Peer} */
export const birpcThread = {
  name: "birpc, Worker",
  start: async () => {
    const worker = new Worker(farThread);
    /** @type {import("birpc").BirpcReturn<Echo>} */
    const remote = createBirpc(
      {},
      {
        post: (message) => worker.postMessage(message),
        on: (listener) => worker.on("message", listener),
      },
    );
    return { call: (value) => remote.echo(value), stop: () => worker.terminate() };
  },
};

/** @type {Peer} */
export const birpcSocket = {
  name: "birpc, socket",
  start: async () => {
    const { socket, stop } = await connectedChild(farSocket);
    /** @type {(message: any) => void} */
    let deliver = () => {};
    const post = v8Frames(socket, (message) => deliver(message));
    /** @type {import("birpc").BirpcReturn<Echo>} */
    const remote = createBirpc(
      {},
      {
        post,
        on: (listener) => {
          deliver = listener;
        },
      },
    );
    return { call: (value) => remote.echo(value), stop };
  },
};
