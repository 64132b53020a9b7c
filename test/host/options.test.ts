import { Writable } from "node:stream";
import {
  type HandshakeDefinition,
  PluginClient,
  type PluginOptions,
  PluginPool,
  packerHandshake,
  threadTransport,
} from "portcall";
import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../src/host/options.js";
import { fixture, load } from "../support/load.js";
import { thrown } from "../support/thrown.js";

/** For each option values that it cannot have. */
const wrong: Readonly<Record<keyof PluginOptions, readonly unknown[]>> = {
  transport: ["thread", {}, { launch: true }, null],
  handshake: [{}, "packer", null, { cookieKey: "" }],
  args: ["word", [1], ["a\0b"], {}],
  env: [
    null,
    "A=1",
    new Map([["A", "1"]]),
    ["A=1"],
    { A: 1 },
    { "": "x" },
    { "A=B": "x" },
    { A: "x\0" },
    { "A\0": "x" },
  ],
  inheritEnv: ["PATH", 1, [1], null],
  execArgv: ["--no-warnings", [true], null],
  cwd: [1, "a\0b", null],
  minPort: ["1", Number.NaN, null],
  maxPort: ["1", Number.NaN, null],
  startTimeoutMs: [0, 0.5, -1, "1", Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31],
  callTimeoutMs: [0, 0.5, -1, "1", Number.NaN, 2 ** 31],
  killGraceMs: [-1, "1", Number.NaN, 2 ** 31],
  stdin: ["pipe", null, 0, new Writable()],
  stdout: ["inherit", null, {}, { write: () => true }],
  stderr: ["inherit", null, {}, { write: () => true }],
  logger: [null, {}, { debug: () => {} }, "console"],
  limits: [
    null,
    64,
    [],
    { memoryMb: 0 },
    { memoryMb: 7 },
    { memoryMb: 64.5 },
    { memoryMb: "64" },
    { memory: 64 },
    { stackMb: Number.NaN },
    { stackMb: 0.04 },
  ],
  maxMessageBytes: [0, 1_023, 1.5, "1024", 2 ** 31],
  maxChannels: [0, 1.5, "1", 2 ** 24 + 1],
  managed: [1, "true", null],
  debug: [1, "true", null],
  parity: ["on", true, null, ""],
  permissions: [null, "none", 1, []],
  unresponsiveAfterMs: [0, -1, "1", Number.NaN, 2 ** 31],
  onUnresponsive: ["restart", true, null],
};

const cases = Object.entries(wrong).flatMap(([name, values]) =>
  values.map((value) => [name, value] as const),
);

describe("the options", () => {
  it.each(cases)("refuse %s: %o with ERR_OPTION, before anything is started", (name, value) => {
    const error = thrown(() => resolveOptions({ [name]: value }));
    expect(error.code).toBe("ERR_OPTION");
    expect(error.message).toContain(`The option ${name} must be `);
    expect(() => new PluginClient(fixture("greeter.js"), { [name]: value })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });

  it.each([null, "fast", 1])("are an object: not %o", (options) => {
    expect(thrown(() => resolveOptions(options as PluginOptions)).code).toBe("ERR_OPTION");
  });

  it("refuse a name that is none, and list those that there are", () => {
    const error = thrown(() => resolveOptions({ timeout: 5 } as PluginOptions));
    expect(error.code).toBe("ERR_OPTION");
    expect(error.message).toMatch(/no option "timeout"\. There are: .*startTimeoutMs/);
  });

  it("may each be left out, or undefined: then they are what they are by default", () => {
    const { transport, env, ...left } = resolveOptions({});
    const names = Object.keys(wrong);
    const undefinedOnes = Object.fromEntries(names.map((name) => [name, undefined])) as PluginOptions;
    expect(resolveOptions(undefinedOnes)).toMatchObject({ ...left, logger: expect.anything() });
    expect(left).toMatchObject({
      ports: { min: 10_000, max: 25_000 },
      startTimeoutMs: 60_000,
      callTimeoutMs: undefined,
      killGraceMs: 2_000,
      maxMessageBytes: 256 * 1024 * 1024,
      stdin: "ignore",
      managed: false,
      debug: false,
    });
    expect(transport.name).toBe(process.env.PORTCALL_TRANSPORT || "process");
    expect(env).toMatchObject({ PATH: process.env.PATH });
  });

  it("are read once, and never written to", async () => {
    const args = Object.freeze(["word"]);
    const options = Object.freeze({
      transport: Object.freeze(threadTransport()),
      args,
      env: Object.freeze({ A: "1" }),
      limits: Object.freeze({ memoryMb: 64 }),
    });
    const before = structuredClone({ ...options, transport: undefined });
    await load("greeter.js", options);
    expect({ ...options, transport: undefined }).toEqual(before);

    const changing: { minPort: number; args: string[] } = { minPort: 11_000, args: ["before"] };
    const settings = resolveOptions(changing);
    changing.minPort = 12_000;
    changing.args.push("after");
    expect(settings).toMatchObject({ ports: { min: 11_000 }, args: ["before"] });
  });
});

describe("options that are read", () => {
  it("are the lists of permissions as they were then", () => {
    const read = ["/before"];
    const { permissions } = resolveOptions({ permissions: { read } });
    read.push("/after");
    expect(permissions).toEqual({ read: ["/before"] });
  });

  it("are a handshake with all that defineHandshake() gives it: the host proves itself unless it says otherwise", () => {
    const { authentication: _left, ...plain } = packerHandshake;
    expect(resolveOptions({ handshake: plain as HandshakeDefinition }).handshake).toEqual(packerHandshake);
  });
});

describe("what names a plugin", () => {
  it.each<[string, unknown]>([
    ["nothing", ""],
    ["a NUL", "plugin\0.js"],
    ["a URL that is no file's", new URL("https://example.com/plugin.js")],
    ["a number", 7],
    ["nothing at all", undefined],
    ["a command without a name", { command: "" }],
    ["a command with a NUL", { command: "a\0b" }],
    ["a command with something else", { command: "node", arg: ["x"] }],
    ["a command whose args are no list", { command: "node", args: "x" }],
    ["a command whose args hold NUL", { command: "node", args: ["a\0"] }],
  ])("is refused with ERR_OPTION when it is %s", (_what, plugin) => {
    expect(() => new PluginClient(plugin as string)).toThrow(
      expect.objectContaining({ name: "PluginError", code: "ERR_OPTION" }),
    );
  });
});

describe("the options of a pool", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["replicas that are a list", { replicas: [] }],
    ["replicas that are a number", { replicas: 2 }],
    ["replicas of another kind", { replicas: { minimum: 1 } }],
    ["fewer replicas at most than at least", { replicas: { min: 3, max: 2 } }],
    ["no replica at most", { replicas: { max: 0 } }],
    ["half a replica", { replicas: { min: 0.5 } }],
    ["no call for each replica", { callsPerReplica: 0 }],
    ["a queue below nothing", { maxQueue: -1 }],
    ["an idle time beyond a timer's", { idleMs: 2 ** 31 }],
    ["a stdin to share", { stdin: "inherit" }],
  ])("are refused with ERR_OPTION before anything starts: %s", (_what, options) => {
    expect(() => new PluginPool(fixture("greeter.js"), options as never)).toThrow(
      expect.objectContaining({ name: "PluginError", code: "ERR_OPTION" }),
    );
  });

  it("are listed, with those of a plugin, where one is unknown", () => {
    expect(() => new PluginPool(fixture("greeter.js"), { poolSize: 4 } as never)).toThrow(
      /There is no option "poolSize"\. There are: transport, .*, replicas, callsPerReplica, maxQueue, idleMs\./,
    );
  });
});

describe("with()", () => {
  it.each([
    null,
    5,
    { timeout: 5 },
    { timeoutMs: 0 },
    { timeoutMs: 0.5 },
    { timeoutMs: "5" },
    { timeoutMs: 2 ** 31 },
    { signal: {} },
    { signal: null },
  ])("refuses %o with ERR_OPTION", (options) => {
    const client = new PluginClient(fixture("greeter.js"));
    expect(() => client.with(options as never)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
  });
});
