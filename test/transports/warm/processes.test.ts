import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { PluginClient, type PluginOptions, warmProcessTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { spareProcessesOf } from "../../support/children.js";
import { client, fixture, load, rejection } from "../../support/load.js";
import { until } from "../../support/processes.js";
import { textSink } from "../../support/text-sink.js";
import { clientOfSpare, warmTransport } from "../../support/warm.js";
import { onWorkerStarted } from "../../support/workers.js";

const onLinux = process.platform === "linux";

async function ready(): Promise<ReturnType<typeof warmTransport>> {
  const transport = warmTransport(warmProcessTransport);
  await transport.ready();
  return transport;
}

describe("a warm process", () => {
  it("works in the folder it is given", async () => {
    const plugin = await clientOfSpare<{ view: { now(): object } }>("view.js", await ready(), {
      cwd: tmpdir(),
    });
    expect(await plugin.components.view.now()).toMatchObject({ cwd: tmpdir() });
  });

  it("reads a stdin that is a stream", async () => {
    const transport = await ready();
    const plugin = await load<{ stdin: { readAll(): Promise<Buffer> } }>("stdin.js", {
      transport,
      stdin: Readable.from(["hello"]),
    });
    expect((await plugin.components.stdin.readAll()).toString()).toBe("hello");
    expect(transport.stats()).toMatchObject({ warm: 1, cold: 0 });
  });

  it("leads a process group of its own", async () => {
    const plugin = await load("greeter.js", { transport: await ready() });
    const pid = Number((await plugin.describe()).id.replace("pid ", ""));
    expect(process.kill(-pid, 0)).toBe(true);
  });

  it("is a command where that is what is asked for: it starts cold", async () => {
    const transport = await ready();
    const command = { command: process.execPath, args: [fileURLToPath(fixture("greeter.js"))] };
    await using plugin = new PluginClient(command, { transport });
    await plugin.start();
    expect(transport.stats()).toMatchObject({ warm: 0, cold: 1 });
  });

  it("that could not enter its folder is never started, as a cold one", async () => {
    const plugin = client("greeter.js", { transport: await ready(), cwd: "/there/is/no/such/folder" });
    expect(await rejection(plugin.start())).toMatchObject({ code: "ERR_SPAWN" });
  });

  it("does not tell what is preloaded that it leaves its channel", async () => {
    const preload = "data:text/javascript,process.on('disconnect', () => process.exit(9))";
    const plugin = await clientOfSpare<{ greeter: { greet(name: string): string } }>(
      "greeter.js",
      await ready(),
      {
        execArgv: ["--import", preload],
      },
    );
    expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
  });

  it("starts, cold if need be, where something preloaded talks and listens on its channel", async () => {
    const transport = await ready();
    const preload =
      "data:text/javascript,process.on('message', () => {}); if (process.send) process.send('hello')";
    const options = { transport, execArgv: ["--import", preload] };
    const spoke = new Promise((resolve) => {
      onWorkerStarted((worker) => void worker.once("message", resolve));
    });
    for (const _load of [1, 2]) await (await load("greeter.js", options)).kill();
    await spoke;
    // Whether a spare hears of its task depends on the version of Node.
    await load("greeter.js", options);
    const { warm, cold } = transport.stats();
    expect(warm + cold).toBe(3);
  });

  const moments: readonly (readonly [moment: string, options: PluginOptions])[] = [
    ["at its import", { args: ["waits", "import"] }],
    ["between its announcement and its connection", { args: ["spins", "announcement"] }],
    ["in a call", { args: ["waits", "call"] }],
  ];
  it.runIf(onLinux).each(moments)("that is killed from outside %s is signalled", async (_moment, options) => {
    const transport = await ready();
    const stderr = textSink();
    const plugin = client<{ misbehaving: { act(): void } }>("misbehaves.js", {
      ...options,
      transport,
      stderr: stderr.stream,
    });
    const acted = rejection(plugin.components.misbehaving.act());
    await stderr.has("ing\n");
    // One that is killed while it starts is a failed start.
    await until("its replacement", () => transport.stats().ready === 2);
    for (const pid of spareProcessesOf(process.pid)) process.kill(pid, "SIGKILL");
    expect(await plugin.exited).toMatchObject({ how: "signalled", signal: "SIGKILL" });
    expect(await acted).toBeInstanceOf(Error);
    await transport.ready();
    expect(transport.stats().ready).toBe(2);
  });

  it.runIf(onLinux)("ignores interrupts until it has a plugin", async () => {
    const transport = await ready();
    const spares = spareProcessesOf(process.pid);
    for (const pid of spares) process.kill(pid, "SIGINT");
    const ids = await Promise.all(
      spares.map(async () => (await (await load("greeter.js", { transport })).describe()).id),
    );
    expect(ids.sort()).toEqual(spares.map((pid) => `pid ${pid}`).sort());
  });

  it.runIf(onLinux)("is replaced when it is killed while it waits", async () => {
    const transport = await ready();
    const spares = spareProcessesOf(process.pid);
    for (const pid of spares) process.kill(pid, "SIGKILL");
    await until("their end", () => transport.stats().ready === 0);
    await transport.ready();
    expect(spareProcessesOf(process.pid).filter((pid) => spares.includes(pid))).toEqual([]);
    await load("greeter.js", { transport });
    expect(transport.stats()).toMatchObject({ warm: 1, cold: 0 });
  });
});
