import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { linesOf, numbersIn, temporaryPath } from "./support/files.js";
import { forceEnd, until, untilGone } from "./support/processes.js";

/** What a host leaves must be gone within this. */
const goneMs = 2_000;

/** What a plugin does when its host dies, and how many processes there are then, the plugin's own included. */
type State = readonly [what: string, order: object, words: readonly string[], processes: number];
const connected: readonly State[] = [
  ["is idle in its session", {}, [], 3],
  ["spins in a call, with more children", { call: "spawnAndSpin" }, [], 5],
];
const states: readonly State[] = [
  ...connected,
  ["spins before it connects", {}, ["spins"], 3],
  ["waits before it connects", {}, ["delays"], 3],
];

/** A host that does not listen for a signal dies of each as it does of SIGKILL: it has no say before a plugin connects. */
const deaths: readonly (readonly [
  how: string,
  states: readonly State[],
  die: (host: ChildProcess) => void,
])[] = [
  ["SIGKILL", states, (host) => void host.kill("SIGKILL")],
  ["SIGTERM", connected, (host) => void host.kill("SIGTERM")],
  ["SIGINT", connected, (host) => void host.kill("SIGINT")],
  ["an uncaught error", states, (host) => tell(host, { word: "throw" })],
  ["process.exit()", states, (host) => tell(host, { word: "exit" })],
];

describe.each(["process", "thread", "warm-process", "warm-thread"])(
  "a host with %s plugins of which each has a child and a grandchild",
  (transport) => {
    // A spare and a cold worker end in the same code: the hardest death stands for all.
    const dies = transport.startsWith("warm") ? deaths.slice(0, 1) : deaths;
    for (const [how, plugins, die] of dies) {
      const conditions = plugins.map(([what]) => what).join(", or ");
      it(`leaves nobody when it dies by ${how}, whether a plugin ${conditions}`, async () => {
        const host = await startHost(transport);
        const left = await Promise.all(plugins.map(([, ...plugin]) => loadFamily(host, ...plugin)));
        const heard = said(host, "pong");
        tell(host, { word: "ping" });
        await heard;
        const ended = once(host, "exit");
        die(host);
        await ended;
        await untilGone(left.flat(), goneMs);
      });
    }
  },
);

/** Loads parent.js, and resolves with the ids of it and of its family. */
async function loadFamily(
  host: ChildProcess,
  order: object,
  words: readonly string[],
  processes: number,
): Promise<number[]> {
  const pids = temporaryPath();
  tell(host, { word: "load", args: [pids, "self", ...words], ...order });
  const family = await numbersIn(pids, processes);
  onTestFinished(() => family.forEach(forceEnd));
  // A host that dies before it has heard of a thread's child cannot have it watched: docs/decisions/0005. A child may
  // write its id before its thread has come to tell of it.
  const spawns = "call" in order ? 2 : 1;
  await until("the thread's return from its spawns", () => linesOf(`${pids}.told`).length >= spawns);
  return family;
}

it("a host that dies lets a process plugin end in order, though nobody reads what it prints", async () => {
  const diary = temporaryPath();
  const host = await startHost("process");
  const started = said(host, "started");
  tell(host, { word: "load", file: "shuts-down.js", args: [diary] });
  await started;
  host.kill("SIGKILL");
  const whole = ["third hook", "second hook", "first hook", "served", "exit 7"];
  await until("the plugin's last words", () => linesOf(diary).length >= whole.length);
  expect(linesOf(diary)).toEqual(whole);
});

it("a host that dies while a plugin loads that shares its process group does not leave it waiting", async () => {
  const pids = temporaryPath();
  const host = await startHost("process");
  tell(host, { word: "load", file: "boots-slowly.js", args: [pids], inTerminal: true });
  const plugin = await numbersIn(pids, 1);
  onTestFinished(() => plugin.forEach(forceEnd));
  host.kill("SIGKILL");
  await untilGone(plugin, goneMs);
});

async function startHost(transport: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("fixtures/hosts/obedient.js", import.meta.url));
  const host = spawn(process.execPath, [script], {
    env: { ...process.env, PORTCALL_TRANSPORT: transport },
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void host.kill("SIGKILL"));
  await said(host, "ready");
  return host;
}

/** Resolves when the host prints this line. */
function said(host: ChildProcess, line: string): Promise<void> {
  const lines = createInterface({ input: host.stdout as NodeJS.ReadableStream });
  return new Promise((resolve) => {
    lines.on("line", (text) => {
      if (text === line) resolve();
    });
  });
}

function tell(host: ChildProcess, order: object): void {
  host.stdin?.write(`${JSON.stringify(order)}\n`);
}
