import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../src/host/options.js";
import { checkPermissions, permissionFlags, reduced } from "../../src/host/permissions.js";
import { thrown } from "../support/thrown.js";

/** What the versions of Node know, of what is asked here. */
const nodes = {
  20: node("20.20.2", "--experimental-permission"),
  22: node("22.23.3", "--permission", "--no-experimental-sqlite"),
  24: node("24.21.0", "--permission", "--no-experimental-sqlite"),
  26: node("26.10.0", "--permission", "--no-experimental-sqlite", "--allow-net"),
};
type Version = keyof typeof nodes;
const versions = [20, 22, 24, 26] as const;
const none = { read: [], write: [] };

function node(version: string, ...flags: string[]) {
  return { version, knows: (flag: string) => flags.includes(flag) };
}

describe("permissionFlags", () => {
  it.each<[Version, string[], boolean]>([
    [20, ["--experimental-permission"], false],
    [22, ["--permission", "--no-experimental-sqlite"], false],
    [24, ["--permission", "--no-experimental-sqlite"], false],
    [26, ["--permission", "--no-experimental-sqlite", "--allow-net"], true],
  ])(
    "are on Node %i for no permissions %j, and whether the network is dropped: %s",
    (version, flags, dropsNet) => {
      expect(permissionFlags({}, none, nodes[version])).toEqual({ flags, dropsNet });
    },
  );

  it.each(versions)("name each path by itself on Node %i, as a folder with all that is in it", (version) => {
    const { flags } = permissionFlags({}, { read: ["/a", "/b c,d"], write: ["/w"] }, nodes[version]);
    expect(flags.filter((flag) => flag.includes("-fs-"))).toEqual([
      "--allow-fs-read=/a/*",
      "--allow-fs-read=/b c,d/*",
      "--allow-fs-write=/w/*",
    ]);
    expect(permissionFlags({}, { read: ["/"], write: [] }, nodes[version]).flags).toContain(
      "--allow-fs-read=/*",
    );
  });

  it.each(versions)("grant on Node %i what is true, and nothing for what is false", (version) => {
    const all = { childProcess: true, worker: true, addons: true };
    expect(permissionFlags(all, none, nodes[version]).flags).toEqual(
      expect.arrayContaining(["--allow-child-process", "--allow-worker", "--allow-addons"]),
    );
    const nothing = { childProcess: false, worker: false, addons: false };
    expect(permissionFlags(nothing, none, nodes[version])).toEqual(permissionFlags({}, none, nodes[version]));
  });

  it("keep the network on Node 26 with net: true", () => {
    expect(permissionFlags({ net: true }, none, nodes[26]).dropsNet).toBe(false);
    expect(permissionFlags({ net: false }, none, nodes[26]).dropsNet).toBe(true);
  });
});

describe("checkPermissions", () => {
  it.each(["20.20.2", "22.23.3", "24.21.0", "25.9.0"])(
    "refuses net: false on Node %s, and names a version that can",
    (version) => {
      const error = thrown(() => checkPermissions({ net: false }, version));
      expect(error).toMatchObject({ code: "ERR_PERMISSION" });
      expect((error as Error).message).toMatch(new RegExp(`^Node ${version} cannot .*; Node 26 can\\.`));
    },
  );

  it.each([undefined, {}, { net: true }, { childProcess: false, worker: false, addons: false }])(
    "takes %j on every version",
    (permissions) => {
      for (const version of versions)
        expect(checkPermissions(permissions, nodes[version].version)).toBeUndefined();
    },
  );

  it("takes net: false on Node 26", () => {
    expect(checkPermissions({ net: false }, "26.10.0")).toBeUndefined();
  });
});

describe("reduced", () => {
  it("keeps each path once, and none that lies in another", () => {
    expect(reduced(["/b", "/a/c", "/a", "/b", "/a/c/d"])).toEqual(["/a", "/b"]);
    expect(reduced(["/a", "/"])).toEqual(["/"]);
  });

  it("keeps a path whose name begins with another's", () => {
    expect(reduced(["/a-b", "/a", "/ab/c", "/a.b"])).toEqual(["/a", "/a-b", "/a.b", "/ab/c"]);
  });
});

describe("the option permissions", () => {
  it.each([
    [null],
    ["all"],
    [true],
    [["/a"]],
    [{ read: "/a" }],
    [{ read: [""] }],
    [{ read: ["/a/*"] }],
    [{ write: [1] }],
    [{ read: ["/a\0"] }],
    [{ childProcess: "yes" }],
    [{ files: ["/a"] }],
    [{ net: 0 }],
  ])("refuses %j before anything starts", (permissions) => {
    const error = thrown(() => resolveOptions({ permissions: permissions as never }));
    expect(error).toMatchObject({ code: "ERR_OPTION" });
    expect((error as Error).message).toContain("permissions must be an object of read and write");
  });
});
