import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { PluginClient, processTransport } from "portcall";
import { diceOf } from "./dice.js";
import { live, plugin } from "./life.js";

/** @import { HandshakeTransport } from "portcall" */
/** @import { Ledger } from "./ledger.js" */
/** @import { Operation } from "./operations.js" */

/** What has leaked is held here. @type {unknown[]} */
const held = [];

/**
 * Defects such as a soak looks for.
 *
 * @type {Readonly<Record<string, (ledger: Ledger) => unknown>>}
 */
export const plants = {
  "lost call": (ledger) => liveOn(withoutRuns(processTransport()), "run", undefined, ledger),
  "open stream": (ledger) =>
    liveOn(
      processTransport(),
      "open stream",
      async ({ components }) => void held.push(await components.soaked.count(5)),
      ledger,
    ),
  "wrong answer": (ledger) =>
    liveOn(processTransport(), "wrong answer", ({ components }) => components.soaked.fail("planted"), ledger),
  orphan: () => void spawn("sleep", ["60"], { detached: true, stdio: "ignore" }).unref(),
  "open file": () => void held.push(openSync("/dev/null", "r")),
  timer: () => void held.push(setInterval(Date.now, 1_000)),
  "kept client": async () => {
    const client = new PluginClient(plugin, {});
    await client.start();
    await client.kill();
    held.push(client);
  },
};

/**
 * A life of one operation.
 *
 * @param {HandshakeTransport} transport
 * @param {string} name
 * @param {Operation | undefined} act
 * @param {Ledger} ledger
 */
function liveOn(transport, name, act, ledger) {
  const operation = { name, afterMs: 0, ...(act === undefined ? {} : { act }) };
  const plan = {
    title: `the planted ${name}`,
    place: { name: "process", kind: /** @type {const} */ ("process"), isPool: false, transport },
    killGraceMs: 100,
    sink: /** @type {const} */ ("none"),
    operations: [operation],
    fault: undefined,
  };
  return live(plan, diceOf(0, 0), ledger);
}

/**
 * Loses calls of one method on their way.
 *
 * @param {HandshakeTransport} inner
 * @returns {HandshakeTransport}
 */
function withoutRuns(inner) {
  return {
    name: inner.name,
    launch: (request) => {
      const running = inner.launch(request);
      return {
        ...running,
        connect: async (address) => {
          const wire = await running.connect(address);
          const { postMessage } = wire;
          const post = (
            /** @type {unknown} */ message,
            /** @type {readonly unknown[] | undefined} */ moved,
          ) => {
            if (!JSON.stringify(message).includes("soaked.run")) postMessage(message, moved);
          };
          return Object.assign(wire, { postMessage: post });
        },
      };
    },
  };
}
