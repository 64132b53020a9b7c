import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * The flags of a host's Node that its plugins inherit, in a child process and in a thread alike: those that decide how
 * modules are found, read and reported. Flags of one process (heap size, inspector, test runner, `-e`) stay behind.
 * `true`: the flag takes a value, which may stand in the next argument. `"path"` and `"url"`: it is what to load, and where
 * it begins with a dot it is found from the folder in which Node was started.
 */
const inheritable: Readonly<Record<string, boolean | "path" | "url">> = {
  "--import": "url",
  "--require": "path",
  "-r": "path",
  "--loader": "url",
  "--experimental-loader": "url",
  "--conditions": true,
  "-C": true,
  "--unhandled-rejections": true,
  "--disable-warning": true,
  "--enable-source-maps": false,
  "--no-warnings": false,
  "--no-deprecation": false,
  "--trace-warnings": false,
  "--trace-uncaught": false,
  "--throw-deprecation": false,
  "--pending-deprecation": false,
  "--preserve-symlinks": false,
  "--preserve-symlinks-main": false,
  "--experimental-strip-types": false,
  "--no-experimental-strip-types": false,
  "--strip-types": false,
  "--no-strip-types": false,
  "--experimental-transform-types": false,
};

/** Where this host was, as early as this is loaded: by the time of a start it may have gone elsewhere. */
const startFolder = workingFolder();

/**
 * Picks from a host's flags what its plugins inherit. What they load by a relative path they load from where the host
 * was started, wherever the plugin works.
 */
export function inheritedExecArgv(
  hosts: readonly string[],
  folder: string | undefined = startFolder,
): string[] {
  const kept: string[] = [];
  for (let i = 0; i < hosts.length; i++) {
    const flag = hosts[i] as string;
    const [name = flag] = flag.split("=", 1);
    if (!Object.hasOwn(inheritable, name)) continue;
    const takes = inheritable[name];
    const place = (value: string) => (typeof takes === "string" ? placed(takes, value, folder) : value);
    const next = hosts[i + 1];
    if (flag.includes("=")) kept.push(`${name}=${place(flag.slice(name.length + 1))}`);
    else if (takes && next !== undefined) {
      kept.push(flag, place(next));
      i++;
    } else kept.push(flag);
  }
  return kept;
}

function placed(as: "path" | "url", value: string, folder: string | undefined): string {
  if (folder === undefined || !/^\.\.?[\\/]/.test(value)) return value;
  const path = resolve(folder, value);
  return as === "path" ? path : pathToFileURL(path).href;
}

function workingFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    // It is gone, and so is all that a relative path could find in it.
    return undefined;
  }
}
