import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type PluginOptions, processTransport } from "portcall";
import { testPlugin } from "portcall/testing";
import { describe, expect, it } from "vitest";
import { fixture, rejection } from "../support/load.js";
import { root } from "../support/modules.js";

interface Greeter {
  greeter: { greet(name: string): string };
}

interface Chdir {
  alike: { chdir(): void };
}

/** What a runner prints that has no plugin of ours around it and ends by itself. */
async function runOfItsOwn(args: readonly string[]): Promise<string> {
  const inner = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|TINYPOOL|NODE_TEST_CONTEXT|NODE_OPTIONS|PORTCALL_TRANSPORT)/.test(name),
  );
  const options = { cwd: root, env: { ...Object.fromEntries(inner), NO_COLOR: "1" } };
  const { stdout } = await promisify(execFile)(process.execPath, [...args], options);
  return stdout;
}

describe("testPlugin()", () => {
  it("loads each plugin on a fresh thread that was ready before, and kills it at the end of its block", async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 3; i++) {
      await using plugin = await testPlugin<Greeter>(fixture("greeter.js"));
      expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
      ids.add((await plugin.describe()).id);
    }
    expect(ids.size).toBe(3);
    expect([...ids].join(" ")).toMatch(/^thread \d+ thread \d+ thread \d+$/);
  });

  it("has plugins at the same time, more than threads are kept ready", async () => {
    const plugins = await Promise.all(
      Array.from({ length: 5 }, () => testPlugin<Greeter>(fixture("greeter.js"))),
    );
    const greetings = await Promise.all(plugins.map(({ components }) => components.greeter.greet("Ada")));
    expect(greetings).toEqual(Array(5).fill("Hello, Ada!"));
    await Promise.all(plugins.map((plugin) => plugin.kill()));
  });

  it("takes the transport that is named, and every other option", async () => {
    await using plugin = await testPlugin<Greeter>(fixture("greeter.js"), { transport: processTransport() });
    expect((await plugin.describe()).id).toMatch(/^pid /);
    expect(await rejection(testPlugin(fixture("greeter.js"), { minPort: -1 }))).toMatchObject({
      code: "ERR_PORT_RANGE",
    });
  });

  it.each([null, 5, "fast"])("rejects with ERR_OPTION where its options are %o", async (options) => {
    expect(await rejection(testPlugin(fixture("greeter.js"), options as PluginOptions))).toMatchObject({
      code: "ERR_OPTION",
      message: expect.stringContaining("options must be an object"),
    });
  });

  it("lets the plugin do what both modes can do, unless its parity is loose", async () => {
    const chdir = async (options: PluginOptions) => {
      await using plugin = await testPlugin<Chdir>(fixture("parity-differs.js"), options);
      return (await rejection(plugin.components.alike.chdir())).code;
    };
    expect(await chdir({})).toBe("ERR_PARITY");
    expect(await chdir({ transport: processTransport() })).toBe("ERR_PARITY");
    expect(await chdir({ parity: "loose" })).toBe("ERR_WORKER_UNSUPPORTED_OPERATION");
  });

  it("works in node:test, which ends by itself", async () => {
    expect(await runOfItsOwn(["--test-reporter=tap", "test/fixtures/suites/test-plugin.js"])).toContain(
      "# pass 4",
    );
  });

  it("works in Vitest's watch mode, run after run", async () => {
    const output = await runOfItsOwn(["test/fixtures/suites/watch.js"]);
    expect(output).toContain("first run: 1 file, 3 tests passed");
    expect(output).toContain("second run: 1 file, 3 tests passed");
  });
});
