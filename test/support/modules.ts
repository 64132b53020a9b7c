import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the checkout, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** The files under a folder of the checkout, as paths from its root with forward slashes, sorted. */
export function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll("\\", "/"))
    .sort();
}

/** A file's text without its comments. Good for code that is formatted by Biome: strings are in double quotes. */
export function codeOf(file: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return readFileSync(join(root, file), "utf8").replace(token, (text) => (text.startsWith("/") ? "" : text));
}

/** What a module names in its imports and re-exports: those it loads at once, and those it loads when needed. */
export interface Imports {
  readonly atOnce: readonly string[];
  readonly whenNeeded: readonly string[];
}

/** Reads the imports of a module, types included. Throws where one cannot be read off the text. */
export function importsOf(file: string): Imports {
  const code = codeOf(file);
  const statement = /^(?:import|export)\s(?:[^;"]*?\sfrom\s)?\s*"([^"]+)"/gm;
  const call = /\b(?:import|require)\(\s*(?:"([^"]+)"\s*\)|[^)]*\))/g;
  const whenNeeded = [...code.matchAll(call)].map(([text, specifier]) => {
    if (specifier === undefined)
      throw new Error(`${file}: ${text} names no module that can be read off the text`);
    return specifier;
  });
  return { atOnce: [...code.matchAll(statement)].map(([, specifier]) => specifier as string), whenNeeded };
}

/** The source file that a relative import names, from the root; any other specifier as it is. */
export function resolveImport(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return posix.join(dirname(file), specifier).replace(/\.js$/, ".ts");
}
