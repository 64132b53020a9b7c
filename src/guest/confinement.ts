import { syncBuiltinESMExports } from "node:module";
import { dirname, join, parse, sep } from "node:path";
import workerThreads from "node:worker_threads";
import { inheritedExecArgv } from "../transports/exec-argv.js";
import { isPermissionFlag } from "../transports/permission-flags.js";

/** What of Node's permission model this needs; the types of Node 20 know less. */
interface Permission {
  has(scope: string, reference?: string): boolean;
}

/**
 * What this process or thread may do beyond what its own flags grant, in words: Node adds up grants from wherever, and
 * lets a worker read the folder of its host. Empty where it is as it should be.
 */
export function excessPermissions(flags: readonly string[]): string[] {
  const permission = (process as { permission?: Permission }).permission;
  if (permission === undefined) return ["do anything: it is not confined"];
  const excess: string[] = [];
  for (const verb of ["read", "write"] as const) {
    const granted = grantsOf(flags, `--allow-fs-${verb}=`);
    for (const place of placesNotIn(granted)) {
      if (permission.has(`fs.${verb}`, somethingIn(place))) excess.push(`${verb} ${place}`);
    }
  }
  for (const [scope, flag, words] of scopes) {
    if (permission.has(scope) && !flags.includes(flag)) excess.push(words);
  }
  if (!flags.includes("--allow-addons") && loadsAddons()) excess.push("load native addons");
  return excess;
}

const scopes = [
  ["child", "--allow-child-process", "start processes"],
  ["worker", "--allow-worker", "start threads"],
  ["net", "--allow-net", "use the network"],
  ["inspector", "--allow-inspector", "use the inspector"],
  ["wasi", "--allow-wasi", "use WASI"],
  ["ffi", "--allow-ffi", "call native functions"],
] as const;

/** Folders that were granted, each with its separator at the end. */
function grantsOf(flags: readonly string[], name: string): string[] {
  return flags
    .filter((flag) => flag.startsWith(name))
    .map((flag) => flag.slice(name.length).replace(/\*$/, ""));
}

/** The host's folder, the root, and what is around each grant: where a grant that is too wide would show. */
function placesNotIn(granted: readonly string[]): string[] {
  const cwd = process.cwd();
  const places = [
    cwd,
    dirname(cwd),
    parse(cwd).root,
    process.execPath,
    ...granted.map((path) => dirname(path)),
  ];
  return [...new Set(places)].filter((place) => !granted.some((path) => `${place}${sep}`.startsWith(path)));
}

/** Not the place itself: on Node 20 a folder with which several grants begin can be listed, and no more. */
function somethingIn(place: string): string {
  return place === process.execPath ? place : join(place, "[anything]");
}

function loadsAddons(): boolean {
  try {
    process.dlopen({ exports: {} }, __filename);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ERR_DLOPEN_DISABLED";
  }
}

/**
 * Confines the threads that this one starts as it is itself, whatever flags they are given: for Node, a worker with
 * flags of its own starts unconfined, and one with NODE_OPTIONS of its own adds what they grant.
 */
export function confineOwnThreads(flags: readonly string[]): void {
  const { Worker } = workerThreads;
  const confined = new Proxy(Worker, {
    construct: (target, [file, options = {}], newTarget) => {
      const { execArgv, env = process.env } = options;
      const own = execArgv?.filter((flag: string) => !isPermissionFlag(flag));
      // Not what it would inherit by itself: a thread of a process would get the folder of its host with that.
      const others = own ?? inheritedExecArgv(process.execArgv);
      return Reflect.construct(
        target,
        [file, { ...options, execArgv: [...flags, ...others], ...withoutGrants(env) }],
        newTarget,
      );
    },
  });
  Object.defineProperty(Worker.prototype, "constructor", { value: confined });
  (workerThreads as { Worker: typeof Worker }).Worker = confined;
  syncBuiltinESMExports();
}

function withoutGrants(env: unknown): { env?: Record<string, string | undefined> } {
  const own = env === workerThreads.SHARE_ENV ? process.env : Object(env);
  if (own.NODE_OPTIONS === undefined) return {};
  const { NODE_OPTIONS: _, ...rest } = own;
  return { env: rest };
}
