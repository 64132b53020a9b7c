import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { wrap } from "comlink";
import { connectedChild } from "./child.js";
import { v8Frames } from "./v8-frames.js";

/** @import { Peer } from "./peer.js" */

const farThread = new URL("./far/comlink-thread.js", import.meta.url);
const farSocket = fileURLToPath(new URL("./far/comlink-socket.js", import.meta.url));

/** @type {Peer} */
export const comlinkThread = {
  name: "plain comlink, Worker",
  start: async () => {
    const worker = new Worker(farThread);
    const remote = wrapWorker(worker);
    return { call: (value) => remote.echo(value), stop: () => worker.terminate() };
  },
};

/**
 * @param {Worker} worker
 * @returns {any}
 */
export function wrapWorker(worker) {
  return wrap({
    postMessage: (message, transfer) => worker.postMessage(message, /** @type {any} */ (transfer)),
    addEventListener: (_type, /** @type {any} */ listener) =>
      worker.on("message", (data) => listener({ data })),
    removeEventListener: () => {},
  });
}

/** @type {Peer} */
export const comlinkSocket = {
  name: "plain comlink, socket",
  start: async () => {
    const { socket, stop } = await connectedChild(farSocket);
    /** @type {(event: any) => void} */
    let deliver = () => {};
    const post = v8Frames(socket, (data) => deliver({ data }));
    /** @type {any} */
    const remote = wrap({
      postMessage: post,
      addEventListener: (_type, /** @type {any} */ listener) => {
        deliver = listener;
      },
      removeEventListener: () => {},
    });
    return { call: (value) => remote.echo(value), stop };
  },
};
