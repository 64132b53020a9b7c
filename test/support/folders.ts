import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "./modules.js";

/** A folder of its real path, that is gone when the test is over. */
export function temporaryFolder(prefix = "portcall-"): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Installs a copy of the built package into a folder, changed as a test needs it. */
export function installCopy(folder: string, change: (plugin: string) => string = (text) => text): void {
  const copy = join(folder, "node_modules/portcall");
  mkdirSync(copy, { recursive: true });
  for (const path of ["package.json", "dist"])
    cpSync(join(root, path), join(copy, path), { recursive: true });
  const plugin = join(copy, "dist/src/plugin.js");
  const text = readFileSync(plugin, "utf8");
  const changed = change(text);
  writeFileSync(plugin, changed);
}
