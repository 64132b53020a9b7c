import { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Socket } from "node:net";
import v8 from "node:v8";
import { MessagePort, Worker } from "node:worker_threads";
import { PluginClient, PluginPool } from "portcall";
import { isAlive } from "../support/processes.js";

/**
 * What a host holds, by its name: files by kind, threads, children, what keeps it alive, and objects that cannot be
 * collected.
 *
 * @typedef {Readonly<Record<string, number>>} Inventory
 */

const { queryObjects } = /** @type {{ queryObjects?: (type: Function, options: object) => number }} */ (
  /** @type {unknown} */ (v8)
);

/** @returns {Inventory} */
export function takeInventory() {
  /** @type {Record<string, number>} */
  const held = {};
  for (const name of process.getActiveResourcesInfo()) add(held, `active ${name}`);
  if (process.platform === "linux") {
    for (const kind of openFiles()) if (!isLeftByNode(kind)) add(held, `open ${kind}`);
    held.threads = readdirSync("/proc/self/task").length;
    held["child processes"] = childrenOf(process.pid);
  }
  globalThis.gc?.();
  for (const type of [PluginClient, PluginPool, Socket, ChildProcess, Worker, MessagePort]) {
    if (queryObjects !== undefined) held[`${type.name} objects`] = queryObjects(type, { format: "count" });
  }
  return held;
}

/**
 * What is held more than before, in words.
 *
 * @param {Inventory} before
 * @param {Inventory} after
 */
export function gained(before, after) {
  return Object.entries(after)
    .filter(([name, count]) => count > (before[name] ?? 0))
    .map(([name, count]) => `${name}: ${count}, of ${before[name] ?? 0} at the beginning`);
}

/**
 * Processes that have this in their environment, beside this one: what they were started by was given it. Linux only.
 *
 * @param {string} mark
 */
export function processesWith(mark) {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => pid !== process.pid && isMarked(pid, mark) && isAlive(pid));
}

/**
 * @param {number} pid
 * @param {string} mark
 */
function isMarked(pid, mark) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark);
  } catch {
    return false;
  }
}

/**
 * Node 20 never closes a file of a module that a thread was loading when it was ended: docs/faults.md.
 *
 * @param {string} kind
 */
function isLeftByNode(kind) {
  return process.version.startsWith("v20.") && /\.[cm]?js$/.test(kind);
}

/** What each open file is, without its number. */
function openFiles() {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [
        readlinkSync(`/proc/self/fd/${fd}`)
          .replace(/:\[\d+\]$/, "")
          .replace(/\/\d+\/fd$/, "/fd"),
      ];
    } catch {
      // The one that read the folder.
      return [];
    }
  });
}

/** @param {number} pid */
function childrenOf(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const lists = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "latin1"));
  return lists
    .join(" ")
    .split(" ")
    .filter((child) => child !== "" && isAlive(Number(child))).length;
}

/**
 * @param {Record<string, number>} held
 * @param {string} name
 */
function add(held, name) {
  held[name] = (held[name] ?? 0) + 1;
}
