import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { loadPlugin, processTransport, threadTransport } from "portcall";

/** @import { HandshakeTransport } from "portcall" */
/** @import { Sample, Suite } from "./suite.js" */

/** @typedef {{ echo: { echo(value: string): string } }} Echo */

const message = "hello";
const plugin = new URL("./plugins/echo.js", import.meta.url);
const bareProcess = fileURLToPath(new URL("./floors/process.js", import.meta.url));
const bareThread = new URL("./floors/thread.js", import.meta.url);

/** @type {Suite} */
export const suite = {
  name: "handshake",
  about: "a cold start, from the load of a plugin to the reply to its first call",
  cases: [
    { name: "bare process", sample: startBareProcess },
    { name: "cold process", floor: "bare process", sample: () => start(processTransport()) },
    { name: "bare thread", sample: startBareThread },
    { name: "cold thread", floor: "bare thread", sample: () => start(threadTransport()) },
  ],
};

/**
 * @param {HandshakeTransport} transport
 * @returns {Promise<Sample>}
 */
async function start(transport) {
  const started = performance.now();
  /** @type {import("portcall").PluginClient<Echo>} */
  const client = await loadPlugin(plugin, { transport });
  const loaded = performance.now();
  try {
    await client.components.echo.echo(message);
    const replied = performance.now();
    const { launch, announce, connect: connected, ready } = client.timings;
    const parts = { launch, announce, connect: connected, ready, "first call": replied - loaded };
    return { ms: replied - started, parts };
  } finally {
    await client.kill();
  }
}

async function startBareProcess() {
  const started = performance.now();
  const child = spawn(process.execPath, [bareProcess], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(child.stdout, "data");
  const socket = connect(Number(line), "127.0.0.1");
  socket.setNoDelay(true);
  socket.write(message);
  await once(socket, "data");
  const ms = performance.now() - started;
  child.kill("SIGKILL");
  await once(child, "close");
  socket.destroy();
  return ms;
}

async function startBareThread() {
  const started = performance.now();
  const worker = new Worker(bareThread);
  worker.postMessage(message);
  await once(worker, "message");
  const ms = performance.now() - started;
  await worker.terminate();
  return ms;
}
