import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { PluginClient, type PluginCommand, processTransport, type Remote } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { fixture, rejection } from "./support/load.js";

interface Foreign {
  math: {
    add(a: number, b: number): number;
    divide(a: number, b: number): number;
    echo<T>(value: T): Promise<T>;
    hang(): Promise<never>;
    interrupts(): number;
  };
}

foreignContract("in JavaScript without portcall", "RangeError", {
  command: process.execPath,
  args: [fileURLToPath(fixture("foreign.js"))],
});

// The other plugin that docs/handshake.md shows; it can only be tried where there is a Python.
if (spawnSync("python3", ["--version"]).status === 0) {
  foreignContract("in Python", "DivisionError", {
    command: "python3",
    args: [fileURLToPath(new URL("../docs/plugin.py", import.meta.url))],
  });
}

/** What docs/handshake.md promises of a plugin that was written from it. */
function foreignContract(language: string, errorName: string, command: PluginCommand): void {
  describe(`a plugin ${language}`, () => {
    it("is loaded, described and called like any other", async () => {
      const plugin = await load(command);
      expect(await plugin.describe()).toMatchObject({
        portcall: "none",
        protocol: 1,
        components: { math: expect.arrayContaining(["add", "echo"]) },
      });
      expect(await plugin.components.math.add(1, 2)).toBe(3);
    });

    it("gets and returns whatever JSON says", async () => {
      const { math } = (await load(command)).components;
      const value = { text: "größer ✓", list: [1, -2.5, true, null, []], nested: { "": {} } };
      expect(await math.echo(value)).toEqual(value);
    });

    it("answers calls in any number at once", async () => {
      const { math } = (await load(command)).components;
      const numbers = Array.from({ length: 300 }, (_, i) => i);
      expect(await Promise.all(numbers.map((i) => math.add(i, 1)))).toEqual(numbers.map((i) => i + 1));
    });

    it("rejects a call with the error it describes", async () => {
      const { math } = (await load(command)).components;
      const error = await rejection(math.divide(1, 0));
      expect(error).toMatchObject({ name: errorName, message: "division by zero", code: "E_ZERO" });
      expect(error.stack).toMatch(
        /divide[\s\S]*called in plugin math\.divide from[\s\S]*foreign-plugin\.test/,
      );
    });

    it("is not asked for a component or method that it has not announced", async () => {
      const { components } = await load(command);
      const wider = components as Remote<Foreign & { math: { nope(): void }; none: { add(): void } }>;
      expect(await rejection(wider.math.nope())).toMatchObject({ code: "ERR_UNKNOWN_METHOD" });
      expect(await rejection(wider.none.add())).toMatchObject({ code: "ERR_UNKNOWN_COMPONENT" });
    });

    it.each([
      ["a Map", new Map()],
      ["a Date", new Date(0)],
      ["bytes", Buffer.from("bytes")],
      ["a bigint in an object", { big: 1n }],
    ])("is never sent %s, which JSON cannot carry, and goes on", async (_what, value) => {
      const { math } = (await load(command)).components;
      const error = await rejection(math.echo(value));
      expect(error).toMatchObject({
        code: "ERR_UNSERIALIZABLE",
        message: expect.stringContaining("this plugin reads only JSON"),
      });
      expect(await math.add(1, 2)).toBe(3);
    });

    it("may ignore what its host says of functions, signals and errors, and goes on", async () => {
      const { math } = (await load(command)).components;
      const values = [() => {}, new AbortController().signal, AbortSignal.abort(), new RangeError("luck")];
      for (const value of [...values, { deep: values }]) await math.echo<unknown>(value);
      expect(await math.add(1, 2)).toBe(3);
    });

    it("fails a call with what JSON cannot carry alone, among others of its tick", async () => {
      const { math } = (await load(command)).components;
      const values = [
        1,
        1n,
        Number.NaN,
        "text",
        { deep: [1n] },
        { left: undefined },
        -0,
        Number.POSITIVE_INFINITY,
        [],
      ];
      const echoes = values.map((value) => math.echo<unknown>(value).catch(({ code }) => code));
      const refused = "ERR_UNSERIALIZABLE";
      expect(await Promise.all(echoes)).toEqual([
        1,
        refused,
        refused,
        "text",
        refused,
        {},
        refused,
        refused,
        [],
      ]);
    });

    it("counts interrupts and survives them", async () => {
      const plugin = await load(command);
      plugin.interrupt();
      plugin.interrupt();
      await expect.poll(() => plugin.components.math.interrupts()).toBe(2);
    });

    it("ends when it is asked to, and its calls in flight reject", async () => {
      const stderr = new PassThrough();
      const plugin = await load(command, stderr);
      const call = rejection(plugin.components.math.hang());
      for await (const chunk of stderr) if (String(chunk).includes("hanging")) break;
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
      expect(await call).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });

    it("keeps out who does not know the secret, and lets the host in", async () => {
      const secret = "0123456789abcdef".repeat(4);
      const { port, exited } = await launchByHand(command, secret);
      const strangers = ["GET / HTTP/1.1\r\n\r\n", frame(0, "f".repeat(32)), frame(2, "[]")];
      for (const bytes of strangers) expect(await talk(port, bytes)).toEqual(Buffer.alloc(0));
      const answer = await talk(port, frame(0, secret.slice(0, 32)), 5 + 32);
      expect(answer.subarray(0, 5 + 32)).toEqual(frame(0, secret.slice(32)));
      expect(await exited).toEqual([0, null]);
    });

    it("says who runs it, and ends with status 1, when a person runs it", () => {
      const env = { PATH: process.env.PATH };
      const { status, stdout, stderr } = spawnSync(command.command, [...(command.args ?? [])], { env });
      expect({ status, stdout: String(stdout), stderr: String(stderr) }).toEqual({
        status: 1,
        stdout: "",
        stderr: "Please do not execute plugins directly. Packer will execute these for you.\n",
      });
    });
  });
}

async function load(command: PluginCommand, stderr = new PassThrough()): Promise<PluginClient<Foreign>> {
  const options = { transport: processTransport(), killGraceMs: 1_000, stderr };
  const plugin = new PluginClient<Foreign>(command, options);
  onTestFinished(async () => void (await plugin.kill()));
  await plugin.start();
  return plugin;
}

/** Starts a plugin as a host does, up to its announcement. */
async function launchByHand(
  { command, args = [] }: PluginCommand,
  secret: string,
): Promise<{ port: number; exited: Promise<unknown[]> }> {
  const child = spawn(command, [...args], {
    env: {
      PATH: process.env.PATH,
      PACKER_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
      PACKER_PLUGIN_MIN_PORT: "0",
      PACKER_PLUGIN_MAX_PORT: "0",
      PORTCALL_MAX_MESSAGE_BYTES: "1024",
      PORTCALL_SECRET: secret,
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const [line] = await once(child.stdout, "data");
  return { port: Number(/^1\|127\.0\.0\.1:(\d+)\n$/.exec(String(line))?.[1]), exited };
}

/** Sends bytes, and returns what comes back until the plugin hangs up or has sent enough. */
async function talk(
  port: number,
  bytes: string | Buffer,
  enough = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  let length = 0;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= enough) socket.end();
  });
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks);
}

function frame(kind: number, text: string): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(Buffer.byteLength(text));
  header[4] = kind;
  return Buffer.concat([header, Buffer.from(text)]);
}
