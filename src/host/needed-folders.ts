import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * What a plugin must be able to read to start, by link and by real path: its own package, each `node_modules` on its
 * resolution path with the packages that are linked into it, theirs likewise, and portcall. A plugin in no package has
 * its file alone.
 */
export function neededFolders(plugin: string): string[] {
  const folders = new Set<string>(portcall());
  const followed = new Set<string>();
  for (const path of new Set([plugin, realpathSync(plugin)])) {
    folders.add(packageOf(path) ?? path);
    followModules(dirname(path), folders, followed);
  }
  return [...folders];
}

/** What this host preloads into a plugin is a part of it. */
function portcall(): string[] {
  const own = packageOf(fileURLToPath(import.meta.url)) as string;
  return [join(own, "dist"), join(own, "package.json")];
}

/** The closest folder with a package.json. */
function packageOf(path: string): string | undefined {
  return ancestors(dirname(path)).find((folder) => existsSync(join(folder, "package.json")));
}

/** Adds each `node_modules` that a module in this folder resolves from, and what is linked into it. */
function followModules(from: string, folders: Set<string>, followed: Set<string>): void {
  for (const folder of ancestors(from)) {
    const modules = join(folder, "node_modules");
    if (basename(folder) === "node_modules" || followed.has(modules)) continue;
    followed.add(modules);
    if (!existsSync(modules)) continue;
    for (const path of [modules, realpathSync(modules), ...linkedInto(modules)]) {
      folders.add(path);
      followModules(path, folders, followed);
    }
  }
}

/** The real paths of a `node_modules`' packages that lie elsewhere: of a workspace, `npm link`, or pnpm's store. */
function linkedInto(modules: string): string[] {
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    const path = join(modules, entry.name);
    if (entry.isSymbolicLink()) return existsSync(path) ? [realpathSync(path)] : [];
    return entry.isDirectory() && entry.name.startsWith("@") ? linkedInto(path) : [];
  });
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
