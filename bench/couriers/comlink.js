import { Worker } from "node:worker_threads";
import { transfer } from "comlink";
import { wrapWorker } from "../peers/comlink.js";

/** @import { Courier } from "./courier.js" */

const far = new URL("./far/comlink.js", import.meta.url);

/** @type {Courier} */
export const comlinkClone = {
  name: "plain comlink, clone",
  start: async () => {
    const { remote, stop } = start();
    return { take: (bytes) => remote.take(bytes), echo: (bytes) => remote.echo(bytes), stop };
  },
};

/** @type {Courier} */
export const comlinkTransfer = {
  name: "plain comlink, transfer",
  detaches: true,
  start: async () => {
    const { remote, stop } = start();
    const moved = (/** @type {Buffer} */ bytes) => transfer(bytes, [bytes.buffer]);
    return {
      take: (bytes) => remote.take(moved(bytes)),
      echo: (bytes) => remote.handBack(moved(bytes)),
      stop,
    };
  },
};

function start() {
  const worker = new Worker(far);
  return { remote: wrapWorker(worker), stop: () => worker.terminate() };
}
