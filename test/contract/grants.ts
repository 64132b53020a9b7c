import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Attempts, confinedPlugins } from "../support/confined.js";
import { type MakeTransport, rejection } from "../support/load.js";

const dropsNet = Number.parseInt(process.versions.node, 10) >= 26;

/** What `permissions` grants on every transport, on the Node that runs this. */
export function grantsContract(transport: MakeTransport): void {
  const plugins = confinedPlugins(transport);

  describe("a plugin that is granted", () => {
    it("read, may read those folders and files, by link and by real path, and no others", async () => {
      const link = join(plugins.tree.root, "links/outside");
      symlinkSync(plugins.tree.outside, link);
      const to = await plugins.attempts({ read: [link, join(plugins.tree.own, "../app-beside/secret.txt")] });
      expect(await to.read(join(link, "secret.txt"))).toBe("secret");
      expect(await to.read(join(plugins.tree.outside, "secret.txt"))).toBe("secret");
      expect(await to.read(`${plugins.tree.own}-beside/secret.txt`)).toBe("secret");
      expect(await rejection(to.read(join(plugins.tree.host, "package.json")))).toMatchObject({
        code: "ERR_ACCESS_DENIED",
      });
    });

    it("folders that have only the root in common, reads them and not what else is in the root", async () => {
      const apart = ["/portcall-one", "/portcall-two", "/portcall-three"];
      const to = await plugins.attempts({ read: [...apart, plugins.tree.outside] });
      expect(await to.read(join(plugins.tree.outside, "secret.txt"))).toBe("secret");
      expect(await rejection(to.read("/etc/hostname"))).toMatchObject({ code: "ERR_ACCESS_DENIED" });
    });

    it("a path twice, or one in another, has it once", async () => {
      const { outside } = plugins.tree;
      const to = await plugins.attempts({
        read: [outside, outside, `${outside}/`, `${outside}/secret.txt`, plugins.tree.own, "/"],
      });
      expect(await to.read(join(outside, "secret.txt"))).toBe("secret");
    });

    it("write, may write those folders and files, also ones that are not there yet", async () => {
      const [folder, file] = [join(plugins.tree.root, "made"), join(plugins.tree.root, "new.txt")];
      const to = await plugins.attempts({ write: [folder, file] });
      await to.makeFolder(folder);
      await to.write(join(folder, "one.txt"), "one");
      await to.write(file, "two");
      expect(readFileSync(join(folder, "one.txt"), "utf8")).toBe("one");
      expect(readFileSync(file, "utf8")).toBe("two");
      expect(await rejection(to.read(file))).toMatchObject({
        permission: "FileSystemRead",
      });
      expect(await rejection(to.write(`${file}2`, ""))).toMatchObject({
        permission: "FileSystemWrite",
      });
    });

    it("a folder whose name begins that of another has what is in it, but not the folder itself: Node matches so", async () => {
      const [one, other] = [join(plugins.tree.root, "near"), join(plugins.tree.root, "near-too")];
      const to = await plugins.attempts({ write: [one, other] });
      expect(await rejection(to.makeFolder(one))).toMatchObject({
        permission: "FileSystemWrite",
      });
      await to.makeFolder(other);
      mkdirSync(one);
      await to.write(join(one, "file.txt"), "in it");
      expect(readFileSync(join(one, "file.txt"), "utf8")).toBe("in it");
    });

    it("write, may not make a link there, which would lead out", async () => {
      const to = await plugins.attempts({ write: [plugins.tree.own] });
      const way = join(plugins.tree.own, "own-way-out");
      expect(await rejection(to.link(plugins.tree.outside, way))).toMatchObject({
        code: "ERR_ACCESS_DENIED",
      });
    });

    it("childProcess, may start processes", async () => {
      expect(await (await plugins.attempts({ childProcess: true })).startProcess()).toContain(
        process.version,
      );
    });

    it("addons, may load them", async () => {
      const to = await plugins.attempts({ addons: true });
      expect(await rejection(to.loadAddon())).toMatchObject({
        code: "ERR_DLOPEN_FAILED",
      });
    });

    it.each([
      ["by themselves", (to: Attempts, path: string) => to.readInThread(path, {})],
      ["with flags of their own", (to: Attempts, path: string) => to.readInThread(path, { execArgv: [] })],
      [
        "with grants of their own",
        (to: Attempts, path: string) => to.readInThread(path, { execArgv: ["--allow-fs-read=*"] }),
      ],
      [
        "with NODE_OPTIONS of their own",
        (to: Attempts, path: string) => to.readInThread(path, { env: { NODE_OPTIONS: "--allow-fs-read=*" } }),
      ],
      ["with the plugin's NODE_OPTIONS", (to: Attempts, path: string) => to.readInThreadPastEnv(path)],
      ["by way of the prototype", (to: Attempts, path: string) => to.readInThreadByConstructor(path)],
    ])("worker, may start threads, which are confined as it is: %s", async (_how, read) => {
      const to = await plugins.attempts({ worker: true });
      expect(await read(to, join(plugins.tree.own, "package.json"))).toContain("index.js");
      expect(await read(to, join(plugins.tree.outside, "secret.txt"))).toBe("ERR_ACCESS_DENIED");
      expect(await read(to, join(plugins.tree.host, "package.json"))).toBe("ERR_ACCESS_DENIED");
    });
  });

  describe("the network", () => {
    it("is denied once the host has connected, from Node 26 on; it is granted with net: true", async () => {
      const server = createServer((socket) => socket.destroy());
      const port = await new Promise<number>((resolve) => {
        server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
      });
      onTestFinished(() => void server.close());
      for (const permissions of [{}, ...(dropsNet ? [{ net: false }] : [])]) {
        const to = await plugins.attempts(permissions);
        const connected = Promise.resolve(to.connect(port));
        const listened = Promise.resolve(to.listen());
        if (dropsNet) {
          expect(await rejection(connected)).toMatchObject({ code: "ERR_ACCESS_DENIED", port });
          expect(await rejection(listened)).toMatchObject({ code: "ERR_ACCESS_DENIED", permission: "Net" });
        } else {
          expect(await connected).toBe("connected");
          expect(await listened).toBe("listened");
        }
      }
      const to = await plugins.attempts({ net: true });
      expect(await to.connect(port)).toBe("connected");
      expect(await to.listen()).toBe("listened");
    });

    it.runIf(!dropsNet)("cannot be denied before Node 26, which is said before anything starts", () => {
      expect(() => plugins.client({ permissions: { net: false } })).toThrow(
        expect.objectContaining({ code: "ERR_PERMISSION", message: expect.stringContaining("Node 26 can") }),
      );
    });
  });
}
