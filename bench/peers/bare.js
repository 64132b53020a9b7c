import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { connectedChild } from "./child.js";
import { inOrder } from "./peer.js";
import { bytesOfCall } from "./portcall.js";

/** @import { Peer } from "./peer.js" */

const echoThread = new URL("../floors/thread.js", import.meta.url);
const pingPong = fileURLToPath(new URL("../floors/ping-pong.js", import.meta.url));

/** @type {Peer} */
export const barePort = {
  name: "bare postMessage",
  start: async () => {
    const worker = new Worker(echoThread);
    await once(worker, "online");
    const { call, answer } = inOrder((value) => worker.postMessage(value));
    worker.on("message", answer);
    return { call, stop: () => worker.terminate() };
  },
};

/**
 * As many bytes as a call of portcall has, each way, with nothing in them. What is sent in one tick while others are in
 * flight is one write.
 *
 * @param {unknown} value The argument of that call.
 * @returns {Peer}
 */
export function bareSocket(value) {
  return {
    name: "bare TCP",
    start: async () => {
      const { request, reply } = await bytesOfCall(value);
      const { socket, stop } = await connectedChild(pingPong, [String(request), String(reply)]);
      const message = Buffer.alloc(request, "x");
      let corked = false;
      const uncork = () => {
        corked = false;
        socket.uncork();
      };
      const { call, answer } = inOrder((_value, alone) => {
        if (!alone && !corked) {
          corked = true;
          socket.cork();
          process.nextTick(uncork);
        }
        socket.write(message);
      });
      let received = 0;
      socket.on("data", (chunk) => {
        for (received += chunk.length; received >= reply; received -= reply) answer(value);
      });
      return { call, stop };
    },
  };
}
