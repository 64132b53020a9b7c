import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type PluginOptions, processTransport } from "portcall";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { client, load, rejection } from "../../support/load.js";

interface Environment {
  environment: { now(): Record<string, string>; cwd(): string };
}

const loadComponent = async (options: PluginOptions = {}) => {
  const plugin = await load<Environment>("environment.js", { transport: processTransport(), ...options });
  return plugin.components.environment;
};

describe("the threads of a process plugin's pool", () => {
  const hosts = process.env.UV_THREADPOOL_SIZE;
  afterEach(() => {
    delete process.env.UV_THREADPOOL_SIZE;
    if (hosts !== undefined) process.env.UV_THREADPOOL_SIZE = hosts;
  });

  it("are as many as there are CPUs, and at least four, where nobody says otherwise", async () => {
    delete process.env.UV_THREADPOOL_SIZE;
    const wanted = String(Math.max(4, availableParallelism()));
    expect(await (await loadComponent()).now()).toMatchObject({ UV_THREADPOOL_SIZE: wanted });
    expect(process.env.UV_THREADPOOL_SIZE).toBeUndefined();
  });

  it("are as many as the host says for itself", async () => {
    process.env.UV_THREADPOOL_SIZE = "7";
    expect(await (await loadComponent()).now()).toMatchObject({ UV_THREADPOOL_SIZE: "7" });
  });

  it("are as many as the caller says", async () => {
    process.env.UV_THREADPOOL_SIZE = "7";
    const component = await loadComponent({ env: { UV_THREADPOOL_SIZE: "2" } });
    expect(await component.now()).toMatchObject({ UV_THREADPOOL_SIZE: "2" });
  });
});

describe("the working directory of a process plugin", () => {
  it("is the one that is named", async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "portcall cwd ü ")));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    expect(await (await loadComponent({ cwd: folder })).cwd()).toBe(folder);
  });

  it("fails the start where it does not exist", async () => {
    const plugin = client("environment.js", { transport: processTransport(), cwd: "/does/not/exist" });
    expect(await rejection(plugin.start())).toMatchObject({
      code: "ERR_SPAWN",
      message: expect.stringContaining("/does/not/exist"),
    });
  });
});
