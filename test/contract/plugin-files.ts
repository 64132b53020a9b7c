import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { PluginClient, type PluginOptions } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { installCopy, temporaryFolder } from "../support/folders.js";
import { type MakeTransport, rejection } from "../support/load.js";

interface Self {
  self: { about(): { main: boolean | null; argv: string[]; url: string } };
}

const about = "{ main: import.meta.main ?? null, argv: process.argv.slice(1), url: import.meta.url }";
const plugin = `import { serve } from "portcall/plugin";\nawait serve({ self: { about: () => (${about}) } });\n`;
const commonJs = `
const about = { main: require.main === module, argv: process.argv.slice(1), url: __filename };
import("portcall/plugin").then(({ serve }) => serve({ self: { about: () => about } }));
`;
const typed = `
import { serve } from "portcall/plugin";
interface About { main: boolean | null; argv: string[]; url: string }
const about: About = ${about};
await serve({ self: { about: (): About => about } });
`;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
/** Whether this Node has import.meta.main: from 24.2, and in the line of 22 from 22.18 on. */
const hasMain = major > 24 || (major === 24 && minor >= 2) || (major === 22 && minor >= 18);

/** What every transport promises of the file that it runs, whatever and wherever it is. */
export function pluginFilesContract(transport: MakeTransport): void {
  const client = (file: string | URL, options: PluginOptions = {}) => {
    const made = new PluginClient<Self>(file, { transport: transport(), ...options });
    onTestFinished(async () => void (await made.kill()));
    return made;
  };
  const seenBy = (file: string | URL, options?: PluginOptions) =>
    client(file, options).components.self.about();

  /** A folder that has portcall installed, and the file in it. */
  const write = (name: string, text = plugin, folder = temporaryFolder()): string => {
    installCopy(folder);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  describe("a plugin's file", () => {
    it("is the program's main module, as in a process that was started by hand", async () => {
      const file = write("plugin.js");
      expect(await seenBy(file, { args: ["word"] })).toEqual({
        main: hasMain ? true : null,
        argv: [file, "word"],
        url: String(pathToFileURL(file)),
      });
    });

    it("may be named by a path, a relative path, a URL, or a URL as text", async () => {
      const file = write("plugin.js");
      const url = pathToFileURL(file);
      for (const named of [file, relative(process.cwd(), file), url, String(url)]) {
        expect((await seenBy(named)).argv).toEqual([file]);
      }
    });

    it("may lie in a folder with spaces, letters of any language, and what means something in a URL", async () => {
      const folder = join(temporaryFolder(), "two words, größer ✓ #1 ?x=%20&'\"");
      mkdirSync(folder);
      const file = write("plu gin é.js", plugin, folder);
      expect(await seenBy(file)).toMatchObject({ argv: [file], url: String(pathToFileURL(file)) });
    });

    it("may be a link: what it imports is looked up from where it really is", async () => {
      const file = write("plugin.js");
      const link = join(temporaryFolder(), "link.js");
      symlinkSync(file, link);
      expect(await seenBy(link)).toMatchObject({ argv: [link], url: String(pathToFileURL(file)) });
    });

    it("may lie behind a link to its folder", async () => {
      const file = write("plugin.js");
      const link = join(temporaryFolder(), "link");
      symlinkSync(join(file, ".."), link);
      const named = join(link, "plugin.js");
      expect(await seenBy(named)).toMatchObject({ argv: [named], url: String(pathToFileURL(file)) });
    });

    it("may be CommonJS", async () => {
      const file = write("plugin.cjs", commonJs);
      expect(await seenBy(file)).toEqual({ main: true, argv: [file], url: file });
    });

    it("may be TypeScript where this Node strips types; where it does not, ERR_OPTION says what to do", async () => {
      const file = write("plugin.ts", typed);
      const host = client(file, { execArgv: ["--no-warnings"] });
      if ((process.features as { typescript?: unknown }).typescript) {
        expect(await host.components.self.about()).toMatchObject({ argv: [file] });
        return;
      }
      const error = await rejection(host.start());
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_OPTION" });
      expect(error.message).toContain(file);
      expect(error.message).toMatch(/Compile it, use a Node that strips types .* or pass execArgv: .*tsx/);
      expect(await host.exited).toMatchObject({ how: "never-started", error });
    });
  });

  describe("a plugin with another copy of portcall", () => {
    const withCopy = (change: (text: string) => string) => {
      const file = write("plugin.js");
      installCopy(join(file, ".."), (text) => {
        const changed = change(text);
        if (changed === text) throw new Error("the copy is no other");
        return changed;
      });
      return client(file);
    };

    it("of another version is run by that version", async () => {
      const host = withCopy((text) => text.replace(/version = "[^"]+"/, 'version = "0.0.7"'));
      expect(await host.describe()).toMatchObject({ portcall: "0.0.7", protocol: 1 });
      expect(await host.components.self.about()).toHaveProperty("main");
    });

    it("that speaks another version of the protocol is refused with ERR_PROTOCOL, and both versions named", async () => {
      const host = withCopy((text) => text.replace("protocolVersion = 1", "protocolVersion = 2"));
      const error = await rejection(host.start());
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_PROTOCOL" });
      expect(error.message).toMatch(/speaks version 2 .* this host speaks 1/);
      expect(host.hasExited).toBe(true);
    });
  });
}
