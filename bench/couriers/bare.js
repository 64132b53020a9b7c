import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { assembledFrames } from "../floors/assembled-frames.js";
import { connectedChild } from "../peers/child.js";
import { inOrder } from "../peers/peer.js";

/** @import { Courier } from "./courier.js" */

const farProcess = fileURLToPath(new URL("../floors/payload-process.js", import.meta.url));
const farThread = new URL("../floors/payload-thread.js", import.meta.url);

/** @type {Courier} */
export const bareSocket = {
  name: "bare socket",
  start: async () => {
    const { socket, stop } = await connectedChild(farProcess);
    const send = assembledFrames(socket, (_kind, bytes) => answer(bytes));
    const { call, answer } = inOrder((message) => send(message[0], message[1]));
    return {
      take: (bytes) => call([0, bytes]),
      echo: (bytes) => /** @type {Promise<Buffer>} */ (call([1, bytes])),
      stop,
    };
  },
};

/** @type {Courier} */
export const bareClone = {
  name: "bare postMessage, clone",
  start: async () => {
    const { call, stop } = await echoThread(() => []);
    return { take: (bytes) => call(["take", bytes]), echo: (bytes) => call(["echo", bytes]), stop };
  },
};

/** @type {Courier} */
export const bareTransfer = {
  name: "bare postMessage, transfer",
  detaches: true,
  start: async () => {
    const { call, stop } = await echoThread((bytes) => [bytes.buffer]);
    return { take: (bytes) => call(["take", bytes]), echo: (bytes) => call(["handBack", bytes]), stop };
  },
};

/** @param {(bytes: Buffer<any>) => ArrayBuffer[]} moved */
async function echoThread(moved) {
  const worker = new Worker(farThread);
  await once(worker, "online");
  const { call, answer } = inOrder((message) => worker.postMessage(message, moved(message[1])));
  worker.on("message", answer);
  return { call: /** @type {(message: unknown) => Promise<any>} */ (call), stop: () => worker.terminate() };
}
