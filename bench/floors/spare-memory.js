import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { warmProcessTransport, warmThreadTransport } from "portcall";

// Prints what an idle worker of this kind takes, in MiB: the mean of several, beyond the first.
const several = 10;
const settleMs = 300;

const bareThread = new URL("./thread.js", import.meta.url);
const bareProcess = new URL("./idle-process.js", import.meta.url);

/** @type {Record<string, () => Promise<number>>} */
const kinds = {
  "bare-thread": () => added((count) => Promise.all(Array.from({ length: count }, () => startBareThread()))),
  "spare-thread": () => added((count) => warmThreadTransport({ spares: count }).ready()),
  "bare-process": async () => {
    const children = Array.from({ length: several }, () => fork(bareProcess));
    await Promise.all(children.map((child) => once(child, "message")));
    return ofChildren();
  },
  "spare-process": async () => {
    await warmProcessTransport({ spares: several }).ready();
    return ofChildren();
  },
};

const measure = kinds[process.argv[2] ?? ""];
if (measure === undefined) throw new Error(`It must be one of: ${Object.keys(kinds).join(", ")}.`);
console.log(await measure());
process.exit();

async function startBareThread() {
  const worker = new Worker(bareThread);
  worker.postMessage("hello");
  await once(worker, "message");
}

/** @param {(count: number) => Promise<unknown>} start */
async function added(start) {
  await start(1);
  await settled();
  const before = process.memoryUsage.rss();
  await start(several);
  await settled();
  return (process.memoryUsage.rss() - before) / several / 2 ** 20;
}

/** The private memory of the children of this process that run Node; what they share with it is not counted. */
async function ofChildren() {
  await settled();
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
  const sizes = children.map((pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kib = [...text.matchAll(/^Private_\w+: +(\d+) kB$/gm)].map(([, size]) => Number(size));
    return kib.reduce((sum, size) => sum + size, 0) / 1024;
  });
  const nodes = sizes.filter((size) => size > 5);
  return nodes.reduce((sum, size) => sum + size, 0) / nodes.length;
}

function settled() {
  return new Promise((resolve) => setTimeout(resolve, settleMs));
}
