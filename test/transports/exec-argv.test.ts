import { describe, expect, it } from "vitest";
import { inheritedExecArgv } from "../../src/transports/exec-argv.js";

describe("inheritedExecArgv", () => {
  it.each([
    ["--import", "tsx"],
    ["--import", "file:///hook.mjs"],
    ["--require", "hook"],
    ["-r", "/hook.cjs"],
    ["--loader", "loader"],
    ["--experimental-loader", "loader"],
    ["--conditions", "development"],
    ["-C", "development"],
    ["--unhandled-rejections", "strict"],
    ["--disable-warning", "DEP0001"],
  ])("keeps %s with its value, in one argument or two", (flag, value) => {
    expect(inheritedExecArgv([flag, value])).toEqual([flag, value]);
    expect(inheritedExecArgv([`${flag}=${value}`])).toEqual([`${flag}=${value}`]);
  });

  it.each([
    ["--import", "./hook.mjs", "file:///host/hook.mjs"],
    ["--loader", "../a hook.mjs", "file:///a%20hook.mjs"],
    ["--experimental-loader", "./hook.mjs", "file:///host/hook.mjs"],
    ["--require", "./hook.cjs", "/host/hook.cjs"],
    ["-r", "../hook.cjs", "/hook.cjs"],
  ])("has %s %s load what it loads in the host, wherever the plugin works", (flag, value, placed) => {
    expect(inheritedExecArgv([flag, value], "/host")).toEqual([flag, placed]);
    expect(inheritedExecArgv([`${flag}=${value}`], "/host")).toEqual([`${flag}=${placed}`]);
  });

  it.each([
    "--enable-source-maps",
    "--no-warnings",
    "--no-deprecation",
    "--trace-warnings",
    "--trace-uncaught",
    "--throw-deprecation",
    "--pending-deprecation",
    "--preserve-symlinks",
    "--preserve-symlinks-main",
    "--experimental-strip-types",
    "--no-experimental-strip-types",
    "--experimental-transform-types",
  ])("keeps %s, and not what stands behind it", (flag) => {
    expect(inheritedExecArgv([flag, "--inspect"])).toEqual([flag]);
  });

  it.each([
    ["--inspect"],
    ["--inspect-brk=0"],
    ["--max-old-space-size=100"],
    ["--stack-size=4000"],
    ["--expose-gc"],
    ["--test"],
    ["--test-reporter", "spec"],
    ["--watch"],
    ["-e", "1 + 1"],
    ["--eval=1"],
    ["-p", "1"],
    ["--input-type=module"],
    ["--permission"],
    ["--allow-fs-read=*"],
    ["--prof"],
    ["--cpu-prof"],
    ["--title=host"],
  ])("leaves %s with the host", (...flags) => {
    expect(inheritedExecArgv(flags)).toEqual([]);
  });

  it("keeps the order and repetitions of what it keeps", () => {
    const hosts = [
      "--import",
      "a",
      "--inspect",
      "--no-warnings",
      "--max-old-space-size=1",
      "--import=b",
      "-r",
      "c",
    ];
    expect(inheritedExecArgv(hosts)).toEqual(["--import", "a", "--no-warnings", "--import=b", "-r", "c"]);
  });

  it("does not fall over a flag whose value is missing, or which names a property of objects", () => {
    expect(inheritedExecArgv(["--import"])).toEqual(["--import"]);
    expect(inheritedExecArgv(["constructor", "toString", "__proto__", ""])).toEqual([]);
    expect(inheritedExecArgv([])).toEqual([]);
  });
});
