import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PluginClient, type PluginCommand, type PluginOptions, type PluginPermissions } from "portcall";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { fixture, type MakeTransport, reusing } from "./load.js";

const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** What test/fixtures/plugins/confined.js tries. */
interface Confined {
  attempts: {
    read(path: string): string;
    readDescriptor(fd: number): string;
    write(path: string, text: string): void;
    makeFolder(path: string): void;
    link(target: string, path: string): void;
    startProcess(): string;
    readInThread(path: string, options: { execArgv?: string[]; env?: Record<string, string> }): string;
    readInThreadPastEnv(path: string): string;
    readInThreadByConstructor(path: string): string;
    loadAddon(): void;
    inspect(): void;
    openInspector(): void;
    bind(): void;
    openDatabase(path: string): void;
    reported(): Record<string, string>;
    startWasi(): void;
    signal(pid: number, signal: number): boolean;
    flags(): string[];
    environment(): string[];
    load(name: string): unknown;
    require(name: string): unknown;
    listen(): string;
    connect(port: number): string;
  };
}

export type Attempts = PluginClient<Confined>["components"]["attempts"];

/** Folders as package managers lay them out, around a plugin that tries what it may not. */
interface PluginTree {
  /** Where everything of it is. */
  readonly root: string;
  readonly plugin: string;
  /** The plugin's own package, and a link to it from elsewhere. */
  readonly own: string;
  readonly link: string;
  /** A folder that no plugin needs, with `secret.txt` in it. */
  readonly outside: string;
  /** Where the host runs, with a package.json. */
  readonly host: string;
  remove(): void;
}

/** Plugins in a tree of folders of their own, for the tests of one suite, whose host runs in one of those folders. */
export function confinedPlugins(transport: MakeTransport): {
  readonly tree: PluginTree;
  /** A client that is not started yet; it is killed when the test is over. */
  client(options: PluginOptions, plugin?: string | PluginCommand): PluginClient<Confined>;
  /** Loads the plugin with these permissions. */
  attempts(permissions?: PluginPermissions): Promise<Attempts>;
} {
  let tree: PluginTree;
  const before = process.cwd();
  beforeAll(() => {
    tree = pluginTree();
    process.chdir(tree.host);
  });
  afterAll(() => {
    process.chdir(before);
    tree.remove();
  });
  const client = (options: PluginOptions, plugin: string | PluginCommand = tree.plugin) => {
    const made = new PluginClient<Confined>(plugin, { transport: transport(), ...options });
    onTestFinished(async () => void (await made.kill()));
    return made;
  };
  const loaded = reusing<Confined>(() => tree.plugin, transport);
  return {
    get tree() {
      return tree;
    },
    client,
    attempts: async (permissions = {}) => (await loaded({ permissions })).components.attempts,
  };
}

function pluginTree(): PluginTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "portcall-confined-")));
  const at = (...parts: string[]) => join(root, ...parts);
  const file = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const package_ = (path: string, source: string, type = "module") => {
    file(join(path, "package.json"), JSON.stringify({ type, main: "index.js" }));
    file(join(path, "index.js"), source);
  };
  const link = (target: string, path: string) => {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  };

  package_(at("work/app"), "");
  cpSync(fixture("confined.js"), at("work/app/lib/plugin.js"));
  link(repository, at("work/app/node_modules/portcall"));
  package_(at("work/app/node_modules/direct"), 'export default "direct"');
  package_(at("work/app/node_modules/common"), 'module.exports = "common"', "commonjs");
  package_(at("work/node_modules/hoisted"), 'export default "hoisted"');
  // Linked, from a workspace that lies beside, and with a dependency of its own there.
  package_(at("elsewhere/linked"), 'import of from "of-linked"; export default "linked, " + of');
  package_(at("elsewhere/node_modules/of-linked"), 'export default "of linked"');
  link(at("elsewhere/linked"), at("work/app/node_modules/linked"));
  link(at("elsewhere/linked"), at("work/app/node_modules/@scope/linked"));
  // As pnpm does, with its store in the project, and with one for all projects.
  for (const [name, store] of [
    ["pnpm", at("work/app/node_modules/.pnpm")],
    ["stored", at("store/links")],
  ] as const) {
    package_(
      join(store, `${name}@1/node_modules/${name}`),
      `import of from "of-${name}"; export default \`${name}, \${of}\``,
    );
    package_(join(store, `of-${name}@1/node_modules/of-${name}`), `export default "of ${name}"`);
    link(
      join(store, `of-${name}@1/node_modules/of-${name}`),
      join(store, `${name}@1/node_modules/of-${name}`),
    );
    link(join(store, `${name}@1/node_modules/${name}`), at("work/app/node_modules", name));
  }
  link(at("work/app"), at("links/app"));
  file(at("outside/secret.txt"), "secret");
  file(at("work/app-beside/secret.txt"), "secret");
  package_(at("host"), "");
  return {
    root,
    plugin: at("work/app/lib/plugin.js"),
    own: at("work/app"),
    link: at("links/app"),
    outside: at("outside"),
    host: at("host"),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
