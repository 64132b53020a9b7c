import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { HandshakeTransport, PluginCommand, PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import { type Attempts, confinedPlugins } from "../support/confined.js";
import { type MakeTransport, rejection } from "../support/load.js";

/** What `permissions` keeps a plugin from on every transport, on the Node that runs this. */
export function permissionsContract(transport: MakeTransport): void {
  const plugins = confinedPlugins(transport);

  describe("a plugin with permissions: {}", () => {
    const denied: [what: string, permission: string, attempt: (to: Attempts) => unknown][] = [
      ["read outside", "FileSystemRead", (to) => to.read(join(plugins.tree.outside, "secret.txt"))],
      [
        "read out of its package by ..",
        "FileSystemRead",
        (to) => to.read(`${plugins.tree.own}/../app-beside/secret.txt`),
      ],
      ["read beside its package", "FileSystemRead", (to) => to.read(`${plugins.tree.own}-beside/secret.txt`)],
      [
        "read its host's package.json",
        "FileSystemRead",
        (to) => to.read(join(plugins.tree.host, "package.json")),
      ],
      ["read a relative path in its host's folder", "FileSystemRead", (to) => to.read("package.json")],
      ["read /etc/passwd", "FileSystemRead", (to) => to.read("/etc/passwd")],
      ["write in its package", "FileSystemWrite", (to) => to.write(join(plugins.tree.own, "new.txt"), "new")],
      ["write outside", "FileSystemWrite", (to) => to.write(join(plugins.tree.outside, "new.txt"), "new")],
      ["start a process", "ChildProcess", (to) => to.startProcess()],
      ["start a thread", "WorkerThreads", (to) => to.readInThread(plugins.tree.plugin, {})],
      [
        "start a thread without flags",
        "WorkerThreads",
        (to) => to.readInThread(plugins.tree.plugin, { execArgv: [] }),
      ],
      ["connect an inspector", "Inspector", (to) => to.inspect()],
      ["open an inspector", "Inspector", (to) => to.openInspector()],
      ["start WASI", "WASI", (to) => to.startWasi()],
    ];
    it.each(denied)(
      "may not %s: the caller's error names what was denied",
      async (_what, permission, attempt) => {
        const error = await rejection(Promise.resolve(attempt(await plugins.attempts())));
        expect(error).toMatchObject({ code: "ERR_ACCESS_DENIED", permission });
      },
    );

    it("names in the error the file that it may not read or write", async () => {
      const to = await plugins.attempts();
      const path = join(plugins.tree.outside, "secret.txt");
      expect(await rejection(to.read(path))).toMatchObject({ resource: path });
      expect(await rejection(to.write(path, ""))).toMatchObject({ resource: path });
      expect(readFileSync(path, "utf8")).toBe("secret");
    });

    it("may not open a database: Node has no SQLite, or would let it write anywhere", async () => {
      const path = join(plugins.tree.outside, "new.db");
      expect(await rejection((await plugins.attempts()).openDatabase(path))).toMatchObject({
        code: "ERR_UNKNOWN_BUILTIN_MODULE",
      });
      expect(existsSync(path)).toBe(false);
    });

    it("may not load native addons, nor use process.binding", async () => {
      const to = await plugins.attempts();
      expect(await rejection(to.loadAddon())).toMatchObject({
        code: "ERR_DLOPEN_DISABLED",
      });
      expect(await rejection(to.bind())).toMatchObject({ code: "ERR_ACCESS_DENIED" });
    });

    it("may read its own package, and loads every dependency it could load without", async () => {
      const to = await plugins.attempts();
      expect(await to.read(join(plugins.tree.own, "package.json"))).toContain("index.js");
      expect(await to.load("direct")).toBe("direct");
      expect(await to.require("common")).toBe("common");
      expect(await to.load("hoisted")).toBe("hoisted");
      expect(await to.load("linked")).toBe("linked, of linked");
      expect(await to.load("@scope/linked")).toBe("linked, of linked");
      expect(await to.load("pnpm")).toBe("pnpm, of pnpm");
      expect(await to.load("stored")).toBe("stored, of stored");
    });

    it("may be named by a link to its package", async () => {
      const plugin = plugins.client({ permissions: {} }, join(plugins.tree.link, "lib/plugin.js"));
      await plugin.start();
      const to = plugin.components.attempts;
      expect(await to.load("linked")).toBe("linked, of linked");
      expect(await rejection(to.read(join(plugins.tree.outside, "secret.txt")))).toMatchObject({
        code: "ERR_ACCESS_DENIED",
      });
    });

    it("sees of its confinement the flags that Node has for it, and hands on no more", async () => {
      const to = await plugins.attempts();
      const flags = await to.flags();
      expect(flags[0]).toMatch(/^--(experimental-)?permission$/);
      expect(flags).not.toContain("--eval=0");
      expect(flags.join(" ")).not.toContain("dist/workers");
      expect(
        (await to.environment()).filter((name) => name.startsWith("PORTCALL_") && !(name in process.env)),
      ).toEqual([]);
    });
  });

  describe("what no version of Node restricts", () => {
    it("is following a link out of a folder that may be read: whoever may make links there gives away the rest", async () => {
      symlinkSync(plugins.tree.outside, join(plugins.tree.own, "way-out"));
      expect(await (await plugins.attempts()).read(join(plugins.tree.own, "way-out/secret.txt"))).toBe(
        "secret",
      );
    });

    it("is sending signals: to its host, as here a harmless one, and to whatever its user may signal", async () => {
      expect(await (await plugins.attempts()).signal(process.pid, 0)).toBe(true);
    });
  });

  describe("permissions that cannot be given", () => {
    const refused = async (options: PluginOptions, plugin?: string | PluginCommand) =>
      rejection(plugins.client({ permissions: {}, ...options }, plugin).start());

    it.each([
      "--allow-fs-read=/",
      "--permission",
      "--no-permission",
      "--experimental-permission",
      "--allow-worker",
    ])("are those that %s in execArgv or NODE_OPTIONS would change", async (flag) => {
      for (const options of [
        { execArgv: ["--no-warnings", flag] },
        { env: { NODE_OPTIONS: `--no-warnings ${flag}` } },
        { env: { NODE_OPTIONS: `"${flag}"` } },
      ]) {
        const error = await refused(options);
        expect(error).toMatchObject({ code: "ERR_PERMISSION" });
        expect(error.message).toContain(flag);
      }
    });

    it("are any for a command, which Node does not confine", async () => {
      const error = await refused({}, { command: process.execPath });
      expect(error).toMatchObject({
        code: "ERR_PERMISSION",
        message: expect.stringContaining(process.execPath),
      });
    });

    it("leave nothing behind: the client has never started", async () => {
      const plugin = plugins.client({ permissions: {}, execArgv: ["--permission"] });
      const error = await rejection(plugin.start());
      expect(await plugin.exited).toMatchObject({ how: "never-started", error });
    });
  });

  describe("a plugin that could do more than it was granted", () => {
    /** A transport that does not keep what it was told. */
    const widened = (): HandshakeTransport => {
      const inner = transport();
      const NODE_OPTIONS = `--allow-fs-read=${plugins.tree.root}/*`;
      return {
        name: "widened",
        launch: (request) => inner.launch({ ...request, env: { ...request.env, NODE_OPTIONS } }),
      };
    };

    it("is ended before its first line, and the error says what it could do", async () => {
      const error = await rejection(plugins.client({ permissions: {}, transport: widened() }).start());
      expect(error).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE", cause: { code: "ERR_PERMISSION" } });
      expect(error.message).toContain(`could read ${plugins.tree.host}`);
    });
  });
}
