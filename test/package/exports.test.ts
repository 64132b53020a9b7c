import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as host from "portcall";
import * as plugin from "portcall/plugin";
import * as testing from "portcall/testing";
import { describe, expect, it } from "vitest";
import { version } from "../../src/version.js";
import { codeOf, root } from "../support/modules.js";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The names that a declaration file of re-exports makes public: of values, and of types alone. */
function publicNames(file: string): { values: string[]; types: string[] } {
  const lists = [...codeOf(file).matchAll(/^export (type )?\{([^}]*)\} from/gm)];
  const names = lists.flatMap(([, type = "", list = ""]) =>
    list
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => (name.startsWith("type ") ? name : type + name)),
  );
  return {
    values: names.filter((name) => !name.startsWith("type ")).sort(),
    types: names
      .filter((name) => name.startsWith("type "))
      .map((name) => name.slice("type ".length))
      .sort(),
  };
}

describe("portcall", () => {
  const values = [
    "PluginClient",
    "PluginError",
    "PluginPool",
    "cleanupClients",
    "defineHandshake",
    "loadPlugin",
    "packerHandshake",
    "processTransport",
    "proxy",
    "retain",
    "threadTransport",
    "transfer",
    "transportFromEnvironment",
    "warmProcessTransport",
    "warmThreadTransport",
  ];
  const types = [
    "ByReference",
    "CallOptions",
    "DurationStats",
    "ExitStatus",
    "HandshakeDefinition",
    "HandshakeGuest",
    "HandshakeOptions",
    "HandshakeTimings",
    "HandshakeTransport",
    "LaunchRequest",
    "Listener",
    "PluginAddress",
    "PluginCommand",
    "PluginDescription",
    "PluginDiagnostics",
    "PluginErrorCode",
    "PluginExit",
    "PluginLimits",
    "PluginLogger",
    "PluginOptions",
    "PluginPermissions",
    "PluginPoolOptions",
    "PluginPoolStats",
    "PluginStdin",
    "PluginTarget",
    "PortRange",
    "ProcessTransportOptions",
    "Remote",
    "RemoteComponent",
    "RemoteMethod",
    "RemoteValue",
    "ReplicaStats",
    "RestartOptions",
    "RunningPlugin",
    "WarmStats",
    "WarmTransport",
    "WarmTransportOptions",
    "Wire",
    "WireEnd",
    "WireListener",
  ];

  it("exports these names and no others", () => {
    expect(Object.keys(host).sort()).toEqual(values);
  });

  it("declares these names and types and no others", () => {
    expect(publicNames("dist/src/index.d.ts")).toEqual({ values, types });
  });
});

describe("portcall/plugin", () => {
  const values = [
    "PluginError",
    "callContext",
    "createServer",
    "defineHandshake",
    "interruptCount",
    "isPlugin",
    "onShutdown",
    "packerHandshake",
    "proxy",
    "retain",
    "serve",
    "transfer",
  ];
  const types = [
    "ByReference",
    "CallContext",
    "HandshakeDefinition",
    "HandshakeOptions",
    "PluginErrorCode",
    "PluginServer",
    "ServeOptions",
  ];

  it("exports these names and no others", () => {
    expect(Object.keys(plugin).sort()).toEqual(values);
  });

  it("declares these names and types and no others", () => {
    expect(publicNames("dist/src/plugin.d.ts")).toEqual({ values, types });
  });
});

describe("portcall/testing", () => {
  const values = ["checkParity", "testPlugin", "transportContract"];
  const types = [
    "CheckParityOptions",
    "Expect",
    "Expectation",
    "MakeTransport",
    "ParityDifference",
    "ParityOutcome",
    "ParityReport",
    "ParityRun",
    "ParityTransport",
    "TestRunner",
  ];

  it("exports these names and no others", () => {
    expect(Object.keys(testing).sort()).toEqual(values);
  });

  it("declares these names and types and no others", () => {
    expect(publicNames("dist/src/testing.d.ts")).toEqual({ values, types });
  });
});

describe("package.json", () => {
  it("exports the entry points, ESM alone, each with its types first, and itself", () => {
    expect(manifest.type).toBe("module");
    expect(manifest.exports).toEqual({
      ".": { types: "./dist/src/index.d.ts", default: "./dist/src/index.js" },
      "./plugin": { types: "./dist/src/plugin.d.ts", default: "./dist/src/plugin.js" },
      "./testing": { types: "./dist/src/testing.d.ts", default: "./dist/src/testing.js" },
      "./package.json": "./package.json",
    });
    expect(Object.keys(manifest.exports["."])[0]).toBe("types");
    expect(Object.keys(manifest.exports["./plugin"])[0]).toBe("types");
  });

  it("can be read by whoever uses the package", () => {
    expect(createRequire(import.meta.url)("portcall/package.json")).toEqual(manifest);
  });

  it("refuses deep imports", () => {
    expect(() => createRequire(import.meta.url).resolve("portcall/dist/src/host/client.js")).toThrow(
      /not defined by "exports"/,
    );
  });

  it("has the version that plugins print", () => {
    expect(version).toBe(manifest.version);
    expect(codeOf("dist/src/plugin.js")).toContain(`var version = "${manifest.version}";`);
  });

  it("names Node 20 as the oldest, the licence, and three dependencies", () => {
    expect(manifest.engines).toEqual({ node: ">=20" });
    expect(manifest.license).toBe("MIT");
    expect(Object.keys(manifest.dependencies)).toEqual(["comlink", "piscina", "tinypool"]);
  });
});
