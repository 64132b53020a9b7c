import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transportFromEnvironment } from "portcall";
import { describe, expect, it } from "vitest";
import { rejection } from "../support/load.js";

const host = fileURLToPath(new URL("../fixtures/hosts/describes.js", import.meta.url));

/** Runs a host that names no transport, and returns what it says of its plugin. */
async function plugins(name: string | undefined): Promise<string> {
  const { PORTCALL_TRANSPORT: _, ...env } = process.env;
  const set = name === undefined ? {} : { PORTCALL_TRANSPORT: name };
  const { stdout } = await promisify(execFile)(process.execPath, [host], { env: { ...env, ...set } });
  return stdout.trim();
}

describe("PORTCALL_TRANSPORT", () => {
  it.each([
    [undefined, "pid"],
    ["", "pid"],
    ["process", "pid"],
    ["thread", "thread"],
    ["warm-process", "pid"],
    ["warm-thread", "thread"],
  ])("of %j moves every load that names no transport: its plugin has a %s", async (name, id) => {
    expect(await plugins(name)).toMatch(new RegExp(`^${id} \\d+$`));
  });

  it("that names no transport is ERR_OPTION, and those that there are are listed", async () => {
    expect((await rejection(plugins("fibre"))).message).toMatch(
      /PORTCALL_TRANSPORT is "fibre"\. It must be one of: process, thread/,
    );
  });
});

describe("transportFromEnvironment", () => {
  it("reads the environment that it is given", () => {
    expect(transportFromEnvironment({}).name).toBe("process");
    expect(transportFromEnvironment({ PORTCALL_TRANSPORT: "thread" }).name).toBe("thread");
  });

  it.each(["Thread", " thread", "constructor", "__proto__", "toString"])(
    "throws ERR_OPTION for %j",
    (name) => {
      expect(() => transportFromEnvironment({ PORTCALL_TRANSPORT: name })).toThrow(
        expect.objectContaining({
          code: "ERR_OPTION",
          message: `PORTCALL_TRANSPORT is ${JSON.stringify(name)}. It must be one of: process, thread, warm-thread, warm-process.`,
        }),
      );
    },
  );
});
