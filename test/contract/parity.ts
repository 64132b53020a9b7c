import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { PluginClient, type WarmTransport } from "portcall";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepStderr, launch } from "../support/launch.js";
import { client, fixture, load, type MakeTransport, rejection } from "../support/load.js";
import { keepingSink } from "../support/streams.js";

interface Parity {
  parity: {
    attempt(name: string): unknown;
    execve(): unknown;
    trace(): unknown;
    surroundings(): Record<string, unknown>;
    title(title: string): [before: string, after: string];
    print(): Promise<void>;
    depth(): number;
    signal(signal: string): boolean;
    interrupts(): number;
    hear(signal: string): Promise<string>;
    asks(): boolean[];
    listen(): Promise<number>;
    others(): Promise<Record<string, string>>;
  };
}

/** What a process alone can do: what the plugin tries, and the sentence it gets. */
const refused: readonly (readonly [attempt: string, message: string])[] = [
  [
    "abort",
    says(
      "process.abort()",
      "a thread cannot abort without its host",
      "Throw an error, or call process.exit()",
    ),
  ],
  ["chdir", chdir()],
  ["chdir by name", chdir()],
  [
    "umask",
    says(
      "process.umask() with a mask",
      "a thread shares its host's mask",
      "Pass a mode where a file is made, or chmod it",
    ),
  ],
  ...["setuid", "seteuid", "setgid", "setegid", "setgroups", "initgroups"].map(
    (name) =>
      [
        name,
        says(
          `process.${name}()`,
          "a thread has the user and the groups of its host",
          "Start the host as that user",
        ),
      ] as const,
  ),
  ["dlopen", addon()],
  [
    "setFlags",
    says(
      "v8.setFlagsFromString()",
      "in a thread it would change its host's engine",
      "Use `limits`, or start the host with that flag",
    ),
  ],
  [
    "writeReport",
    says(
      "process.report.writeReport()",
      "a thread's would tell its host's environment",
      "Use process.report.getReport()",
    ),
  ],
  ["BroadcastChannel", broadcast()],
  ["BroadcastChannel by name", broadcast()],
  ["kill parent", parent("SIGWINCH")],
  ["kill group", parent("SIGWINCH")],
  ["kill own group", parent("SIGWINCH")],
  ["kill all", parent("SIGWINCH")],
  ["stop", itself("SIGSTOP")],
  ["inspect", itself("SIGUSR1")],
];

/** What makes a thread and a process the same: docs/parity.md has the whole list. */
export function parityContract(transport: MakeTransport): void {
  describe('with parity: "strict"', () => {
    const [stdout, stderr] = [keepingSink(), keepingSink()];
    const args = ["--flag", "two words"];
    let plugin: PluginClient<Parity>;
    const parity = () => plugin.components.parity;

    beforeAll(async () => {
      const made = transport();
      await (made as Partial<WarmTransport>).ready?.();
      plugin = new PluginClient<Parity>(fixture("parity.js"), {
        transport: made,
        parity: "strict",
        args,
        stdout,
        stderr,
      });
      await plugin.start();
    });
    afterAll(() => plugin.kill());

    it.each(refused)("%s fails with ERR_PARITY, in the same words everywhere", async (name, message) => {
      const error = await rejection(parity().attempt(name));
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_PARITY", message });
    });

    it("execve fails with ERR_PARITY where this Node has it, and tracing fails", async () => {
      if (!("execve" in process)) expect(await parity().execve()).toBeUndefined();
      else expect(await rejection(parity().execve())).toMatchObject({ code: "ERR_PARITY" });
      // In a thread it is Node that says so, when the module is loaded.
      expect((await rejection(parity().trace())).code).toMatch(/^ERR_(PARITY|TRACE_EVENTS_UNAVAILABLE)$/);
    });

    it("process.argv, the flags of Node and the environment are those of a plain start", async () => {
      const { argv, execArgv, portcall } = await parity().surroundings();
      expect(argv).toEqual([process.execPath, fileURLToPath(fixture("parity.js")), ...args]);
      expect(String(execArgv)).not.toContain("parity.cjs");
      expect(portcall).toEqual([]);
    });

    it("there is neither a process.send nor a parentPort, and nothing else that a host left behind", async () => {
      expect(await parity().surroundings()).toMatchObject({
        channel: [undefined, undefined, undefined, undefined],
        parentPort: [null, null, null],
        workerData: null,
        resourceLimits: {},
      });
    });

    it("the output is no terminal, and what is written by number is the plugin's, in order", async () => {
      expect(await parity().surroundings()).toMatchObject({ tty: [undefined, undefined, undefined] });
      await parity().print();
      await expect.poll(() => stdout.text()).toBe("1 2 3 4 5 6 7 8 9 end\n");
      await expect.poll(() => stderr.text()).toMatch(/\nto stderr\n$/);
    });

    it("the stack is as deep as in a process without flags", async () => {
      const code = "let d = 0; const f = () => { d++; f(); }; try { f(); } catch { console.log(d); }";
      const plain = Number(execFileSync(process.execPath, ["-e", code]).toString());
      const depth = await parity().depth();
      expect(depth / plain).toBeGreaterThan(0.9);
      expect(depth / plain).toBeLessThan(1.1);
    });

    it("the umask can be read, the title kept, and the uptime begins with the plugin", async () => {
      const { umask, uptime } = await parity().surroundings();
      expect(umask).toBe("number");
      expect(await parity().title("other")).toEqual(["node", "other"]);
      expect(uptime).toBeLessThan(process.uptime());
    });

    it("a SIGINT that it sends to itself is counted, and another signal reaches its listener", async () => {
      const before = await parity().interrupts();
      await parity().signal("SIGINT");
      await expect.poll(() => parity().interrupts()).toBe(before + 1);
      expect(await parity().hear("SIGUSR2")).toBe("SIGUSR2");
      expect(await parity().hear("SIGTSTP")).toBe("SIGTSTP");
      expect(await parity().signal("SIGWINCH")).toBe(true);
    });

    it("asks whether processes are there, and what it starts is free", async () => {
      expect(await parity().asks()).toEqual([true, true]);
      expect(await parity().others()).toEqual({ child: "2 true", thread: "free", sleeper: "SIGTERM" });
    });

    it("a SIGTERM that it sends to itself ends it in order, and nothing is open any more", async () => {
      const other = await load<Parity>("parity.js", { transport: transport(), parity: "strict" });
      const port = await other.components.parity.listen();
      await other.components.parity.signal("SIGTERM").catch(() => {});
      expect(await other.exited).toMatchObject({ how: "exited", code: 0 });
      const socket = connect(port, "127.0.0.1");
      const [refusal] = await once(socket, "error");
      expect(refusal).toMatchObject({ code: "ECONNREFUSED" });
    });

    it("what it prints before it serves arrives, though it exits at once", async () => {
      const sink = keepingSink();
      const options = { transport: transport(), parity: "strict", stderr: sink, args: ["flood"] } as const;
      expect(await rejection(client("parity-ends.js", options).start())).toMatchObject({
        code: "ERR_EXITED_BEFORE_ANNOUNCE",
        exit: { how: "exited", code: 4 },
      });
      expect(sink.bytes().byteLength).toBe(300_000);
    });

    it("a folder or flags that a thread cannot have, and commands, are refused before anything starts", async () => {
      const strict = { transport: transport(), parity: "strict" } as const;
      expect(await rejection(client("parity.js", { ...strict, cwd: "/" }).start())).toMatchObject({
        code: "ERR_PARITY",
        message: `A thread shares its host's working directory, so ${fileURLToPath(fixture("parity.js"))} cannot have /. Use processTransport(), and parity: "loose", for it.`,
      });
      const flags = { ...strict, execArgv: ["--no-warnings", "--expose-gc"] };
      expect(await rejection(client("parity.js", flags).start())).toMatchObject({
        code: "ERR_PARITY",
        message: expect.stringContaining("--expose-gc"),
      });
      expect(await rejection(new PluginClient({ command: "true" }, strict).start())).toMatchObject({
        code: "ERR_PARITY",
        message: expect.stringContaining("A thread cannot run the command true"),
      });
    });
  });

  describe("whatever its parity, a plugin", () => {
    /** How a plugin ended that nobody shook hands with, and what it wrote. */
    const endOf = async (way: string) => {
      const running = launch(transport(), "parity-ends.js", { args: [way] });
      const stderr = keepStderr(running);
      let stdout = "";
      running.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      return { exit: await running.exited, stdout, stderr: stderr() };
    };

    it("that calls process.exit() runs its exit handlers and no finally, and the lowest byte is its code", async () => {
      const exit = { how: "exited", code: 3 };
      expect(await endOf("exit")).toEqual({ exit, stdout: "", stderr: "exit 259\n" });
    });

    it("that has nothing more to do hears of it, once for each time, and ends with its exitCode", async () => {
      const exit = { how: "exited", code: 5 };
      expect(await endOf("exitCode")).toEqual({ exit, stdout: "beforeExit\nexit 5\n", stderr: "" });
    });

    it.each([
      ["throwText", "a text\n(Use `node --trace-uncaught ...` to show where the exception was thrown)"],
      ["throwObject", "{ an: 'object' }"],
    ])("that ends by %s, which is no error, prints it as Node does", async (way, text) => {
      const { stderr } = await endOf(way);
      expect(stderr.slice(stderr.indexOf(text))).toBe(`${text}\n\nNode.js ${process.version}\n`);
    });

    it("that listens for errors which nothing catches goes on", async () => {
      const exit = { how: "exited", code: 0 };
      const stderr = "a reason\nuncaughtException on purpose\n";
      expect(await endOf("handled")).toEqual({ exit, stdout: "", stderr });
    });

    it("that cleans up after a signal and sends it to itself once more ends by it", async () => {
      const exit = { how: "signalled", signal: "SIGUSR2" };
      expect(await endOf("raise")).toEqual({ exit, stdout: "", stderr: "cleans up after SIGUSR2\n" });
    });

    it("that sends itself a SIGKILL ends by it, at once", async () => {
      const exit = { how: "signalled", signal: "SIGKILL" };
      expect(await endOf("raiseKill")).toEqual({ exit, stdout: "", stderr: "" });
    });
  });
}

function says(what: string, why: string, instead: string): string {
  return `${what} is refused, for parity is "strict" and ${why}. ${instead}, or load the plugin with parity: "loose".`;
}

function chdir(): string {
  const why = "a thread shares its host's working directory";
  return says("process.chdir()", why, "Resolve paths against a folder of your own");
}

function addon(): string {
  const why = "an addon may refuse to load in a thread, and a crash in it ends the host";
  return says("process.dlopen()", why, "Use JavaScript or WebAssembly instead of the addon");
}

function broadcast(): string {
  const why = "a thread's would reach its host and other plugins";
  return says("A BroadcastChannel", why, "Call through the components, or use a MessageChannel");
}

function parent(signal: string): string {
  const what = `process.kill() with ${signal} to the plugin's parent or its group`;
  return says(what, "a thread's are those of its host", "Signal the children by their pids");
}

function itself(signal: string): string {
  const what = `process.kill() with ${signal} to the plugin itself`;
  return says(what, "a thread cannot be stopped", "Listen for it");
}
