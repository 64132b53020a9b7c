import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { threadTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { confinedPlugins } from "../support/confined.js";

const host = fileURLToPath(new URL("../fixtures/hosts/confined.js", import.meta.url));
const permission = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission";
const net = process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : [];

describe("a host that runs under --permission", () => {
  const plugins = confinedPlugins(() => threadTransport());

  /** What becomes of a plugin that this host loads, and that then reads a file outside of its package. */
  const outcome = async (grants: readonly string[], mode: string, permissions: object | null) => {
    const { plugin, outside } = plugins.tree;
    const flags = [permission, ...net, ...grants, host, mode, plugin, JSON.stringify(permissions)];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, join(outside, "secret.txt")]);
    return JSON.parse(stdout);
  };
  const enough = {
    process: ["--allow-fs-read=*", "--allow-child-process"],
    thread: ["--allow-fs-read=*", "--allow-worker", "--allow-child-process"],
  };

  it.each(["process", "thread"] as const)("does not share its grants with a plugin in a %s", async (mode) => {
    expect(await outcome(enough[mode], mode, {})).toEqual({ read: "ERR_ACCESS_DENIED" });
    const read = [plugins.tree.outside];
    expect(await outcome(enough[mode], mode, { read })).toEqual({ read: "secret" });
  });

  it.each(["process", "thread"] as const)(
    "refuses a plugin in a %s that would be confined by nothing",
    async (mode) => {
      expect(await outcome(enough[mode], mode, null)).toMatchObject({
        code: "ERR_PERMISSION",
        message: expect.stringContaining("Say with `permissions` what"),
      });
    },
  );

  it.each(["process", "thread"] as const)("gives a plugin in a %s no more than it has", async (mode) => {
    expect(await outcome(enough[mode], mode, { write: [plugins.tree.outside] })).toMatchObject({
      code: "ERR_PERMISSION",
      message: expect.stringContaining(`may not itself write ${plugins.tree.outside}`),
    });
  });

  it("needs the right to start processes for a plugin in one, and says so", async () => {
    expect(await outcome(["--allow-fs-read=*"], "process", {})).toMatchObject({
      code: "ERR_SPAWN",
      message: expect.stringMatching(/Access to this API has been restricted/),
    });
  });

  it("needs the right to start threads for a plugin in one, and says so", async () => {
    expect(await outcome(["--allow-fs-read=*", "--allow-child-process"], "thread", {})).toMatchObject({
      code: "ERR_OPTION",
      message: expect.stringMatching(/Access to this API has been restricted/),
    });
  });

  it("may do without the right to start processes where its plugins are threads", async () => {
    expect(await outcome(["--allow-fs-read=*", "--allow-worker"], "thread", {})).toEqual({
      read: "ERR_ACCESS_DENIED",
    });
  });
});
