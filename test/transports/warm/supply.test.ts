import { existsSync, rmSync, writeFileSync } from "node:fs";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { WarmTransportOptions } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryPath } from "../../support/files.js";
import { launch } from "../../support/launch.js";
import { client, load, rejection } from "../../support/load.js";
import { until } from "../../support/processes.js";
import { clientOfSpare, warmTransport, warmTransports } from "../../support/warm.js";
import { forceWorker, onWorkerStarted } from "../../support/workers.js";

interface View {
  view: { now(): Record<string, unknown> };
}

/** The flag that preloads a fixture, which is told of a file. */
function preloaded(name: string, file: string): string[] {
  const url = new URL(`../../fixtures/preloads/${name}`, import.meta.url);
  url.searchParams.set("file", file);
  return ["--import", url.href];
}

/** The warnings of this process while a test runs. */
function warnings(): NodeJS.ErrnoException[] {
  const heard: NodeJS.ErrnoException[] = [];
  const hear = (warning: Error) => void heard.push(warning);
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  return heard;
}

describe.each(warmTransports)("the supply of a %s transport", (name, make) => {
  it("gives each plugin a spare that never served another, and starts the next", async () => {
    const transport = warmTransport(make);
    const ids = new Set<string>();
    for (let i = 0; i < 4; i++) {
      await transport.ready();
      const plugin = await load("greeter.js", { transport });
      ids.add((await plugin.describe()).id);
      await plugin.kill();
    }
    expect(ids.size).toBe(4);
    expect(transport.stats()).toMatchObject({ warm: 4, cold: 0 });
    await transport.ready();
    expect(transport.stats().ready).toBe(2);
  });

  it("starts nothing before it is used, and starts plugins cold while no spare is ready", async () => {
    const transport = warmTransport(make);
    expect(transport.stats()).toEqual({ ready: 0, warm: 0, cold: 0 });
    await transport.ready();
    const plugins = [1, 2, 3].map(() => client("greeter.js", { transport }));
    await Promise.all(plugins.map((plugin) => plugin.start()));
    expect(transport.stats()).toMatchObject({ warm: 2, cold: 1 });
  });

  it("waits for as many spares as it is asked for, and for no more", async () => {
    const transport = warmTransport(make);
    const file = temporaryPath();
    const oneMayStart = () => writeFileSync(file, "");
    await load("greeter.js", { transport, execArgv: preloaded("takes-a-token.js", file) });
    await transport.ready(0);
    oneMayStart();
    await transport.ready(1);
    expect(transport.stats().ready).toBeLessThan(4);
    await until("a token is taken", () => !existsSync(file));
    oneMayStart();
    await transport.ready(5);
    expect(transport.stats().ready).toBe(4);
    for (const count of [-1, 0.5, Number.NaN]) {
      expect(await rejection(transport.ready(count))).toMatchObject({ code: "ERR_OPTION" });
    }
  });

  it("shows a plugin what a cold start of its kind shows it", async () => {
    const transport = warmTransport(make);
    const preload = 'data:text/javascript,process.env.FIXTURE_PRELOADED = "set by a preload"';
    const execArgv = ["--no-warnings", "--import", preload];
    const options = { args: ["one", "two words"], execArgv, env: { FIXTURE_OWN: "own" } };
    const cold = await load<View>("view.js", { ...options, transport });
    expect(transport.stats()).toMatchObject({ warm: 0, cold: 1 });
    const warm = await clientOfSpare<View>("view.js", transport, options);
    const secretless = ({ env, ...view }: Record<string, unknown>) => ({
      ...view,
      env: { ...(env as object), PORTCALL_SECRET: "" },
    });
    expect(secretless(await warm.components.view.now())).toEqual(
      secretless(await cold.components.view.now()),
    );
  });

  it("keeps spares for each limit and each variable that Node reads at its start", async () => {
    const transport = warmTransport(make, 1);
    for (const options of [{ limits: { memoryMb: 64 } }, { env: { NODE_NO_WARNINGS: "1" } }]) {
      const plugin = await clientOfSpare("greeter.js", transport, options);
      await plugin.start();
    }
    await transport.ready();
    expect(transport.stats().ready).toBe(3);
  });

  it("drops the spares of settings that were asked for longest ago", async () => {
    const transport = warmTransport(make, 1);
    for (const memoryMb of [60, 61, 62, 63, 64]) {
      await (await load("greeter.js", { transport, limits: { memoryMb } })).kill();
    }
    await transport.ready();
    expect(transport.stats().ready).toBe(4);
  });

  it("lets ready() resolve whose spares are dropped meanwhile", async () => {
    const transport = warmTransport(make, 1);
    const ready = transport.ready();
    for (const memoryMb of [60, 61, 62, 63]) launch(transport, "greeter.js", { limits: { memoryMb } });
    await ready;
  });

  it("replaces a spare that dies while it waits", async () => {
    const transport = warmTransport(make);
    const file = temporaryPath();
    const execArgv = preloaded("exits-once.js", file);
    const plugin = await clientOfSpare("greeter.js", transport, { execArgv });
    expect(transport.stats().ready).toBe(4);
    writeFileSync(file, "");
    await until("the death of a spare", () => transport.stats().ready < 4);
    await transport.ready();
    expect(transport.stats().ready).toBe(4);
    await plugin.start();
  });

  it("replaces a spare that dies as soon as it is ready, but not one after the other for ever", async () => {
    const transport = warmTransport(make, 1);
    const file = temporaryPath();
    const execArgv = preloaded("exits-once.js", file);
    const heard = warnings();
    let started = 0;
    onWorkerStarted(() => void started++);
    const killSpare = () => {
      started = 0;
      writeFileSync(file, "");
    };
    await transport.ready();
    await (await load("greeter.js", { transport, execArgv })).kill();
    await transport.ready();
    killSpare();
    await until("its successor", () => started === 1);
    for (const _death of [2, 3]) {
      await transport.ready();
      killSpare();
      await until("its death", () => transport.stats().ready === 1);
      await setImmediate();
      expect(started).toBe(0);
    }
    expect(heard.map(({ code }) => code)).toEqual(["ERR_SPAWN"]);
    expect(heard[0]?.message).toContain("it ended soon after it was ready");

    await transport.ready();
    await sleep(1_000);
    killSpare();
    await until("its successor", () => started === 1);
  });

  it("starts cold where its spare has ended, and it is about to hear of that", async () => {
    const transport = warmTransport(make, 1);
    await transport.ready();
    await launch(transport, "greeter.js").stop(0);
    const spares: Parameters<typeof forceWorker>[0][] = [];
    onWorkerStarted((worker) => void spares.push(worker));
    await transport.ready();
    expect(spares).toHaveLength(1);
    for (const spare of [...spares]) {
      const launched = new Promise((resolve) => {
        spare.prependOnceListener("exit", () => resolve(launch(transport, "greeter.js")));
      });
      forceWorker(spare);
      await launched;
    }
    expect(transport.stats()).toMatchObject({ warm: 0, cold: 2 });
  });

  it("says that spares cannot start, does not hang, and is at strength when they can", async () => {
    const transport = warmTransport(make);
    const file = temporaryPath();
    const options = { transport, execArgv: preloaded("fails-while.js", file) };
    const heard = warnings();
    writeFileSync(file, "");
    const failing = client("greeter.js", options);
    expect(await rejection(failing.start())).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
    const error = await rejection(transport.ready());
    expect(error).toMatchObject({ name: "PluginError", code: "ERR_SPAWN" });
    expect(error.message).toContain(`A spare of the ${name.replace(" ", "-")} transport could not start: `);
    expect(error.message).toContain("no start today");
    await until("a warning", () => heard.length > 0);
    expect(heard.map(({ code }) => code)).toEqual(["ERR_SPAWN"]);

    rmSync(file);
    await transport.ready();
    expect(transport.stats().ready).toBe(4);
    await (await load("greeter.js", options)).kill();
    expect(transport.stats()).toMatchObject({ warm: 1, cold: 1 });
  });

  it("starts cold what a spare cannot do", async () => {
    const transport = warmTransport(make);
    await transport.ready();
    const before = transport.stats();
    await (await load("greeter.js", { transport, stdin: "inherit" })).kill();
    expect(transport.stats()).toMatchObject({ warm: before.warm, cold: before.cold + 1 });
  });

  it("ends with its transport, which then starts nothing, and leaves running plugins alone", async () => {
    const transport = make({ spares: 2 });
    await transport.ready();
    const plugin = await load<{ greeter: { greet(name: string): string } }>("greeter.js", { transport });
    await Promise.all([transport[Symbol.asyncDispose](), transport[Symbol.asyncDispose]()]);
    expect(transport.stats().ready).toBe(0);
    expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
    for (const options of [{}, { debug: true }, { stdin: "inherit" }] as const) {
      expect(await rejection(client("greeter.js", { transport, ...options }).start())).toMatchObject({
        code: "ERR_OPTION",
        message: expect.stringContaining("was disposed of"),
      });
    }
    expect(await rejection(transport.ready())).toMatchObject({ code: "ERR_OPTION" });
  });

  it("says so to who waits for it to be ready", async () => {
    const transport = make({ spares: 1 });
    const ready = rejection(transport.ready());
    await transport[Symbol.asyncDispose]();
    expect(await ready).toMatchObject({
      code: "ERR_OPTION",
      message: expect.stringContaining("was disposed of"),
    });
  });

  it.each([0, -1, 1.5, Number.NaN, 1_001, null, "2"])("of %o spares is refused with ERR_OPTION", (spares) => {
    expect(() => make({ spares } as WarmTransportOptions)).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });

  it.each([null, 7, "warm", { spare: 2 }])("with %o for options is refused with ERR_OPTION", (options) => {
    expect(() => make(options as WarmTransportOptions)).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });
});
