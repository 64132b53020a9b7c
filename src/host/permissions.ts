import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { PluginError } from "../errors.js";
import { isPermissionFlag } from "../transports/permission-flags.js";
import type { PluginTarget } from "../transports/transport.js";
import { neededFolders } from "./needed-folders.js";

/**
 * What a plugin may do, through Node's permission model, in a process and in a thread alike. What is left out is denied
 * where this Node can deny it. docs/security.md says what this does not protect from.
 */
export interface PluginPermissions {
  /**
   * Files, and folders with all that is in them, by path. The plugin may always read its own package, each `node_modules`
   * on its resolution path, and portcall.
   */
  readonly read?: readonly string[];
  /** Files, and folders with all that is in them, that it may write, whether they exist yet or not. */
  readonly write?: readonly string[];
  /** Whether it may start processes, which are not confined. */
  readonly childProcess?: boolean;
  /** Whether it may start threads. They are confined as it is, whatever flags it gives them. */
  readonly worker?: boolean;
  /** Whether it may load native addons, which are not confined. */
  readonly addons?: boolean;
  /** Whether it may use the network once its host has connected. Node 26 can deny this, earlier versions cannot. */
  readonly net?: boolean;
}

/** The same permissions with lists of their own. */
export function mapPaths(permissions: PluginPermissions, map: (path: string) => string): PluginPermissions {
  const { read, write, ...rest } = permissions;
  return {
    ...rest,
    ...(read && { read: read.map((path) => map(path)) }),
    ...(write && { write: write.map((path) => map(path)) }),
  };
}

/** How a transport confines a plugin: by flags of its Node, and by what the plugin gives up after the accept. */
export interface Confinement {
  readonly execArgv: readonly string[];
  readonly dropsNet: boolean;
}

/** What of a plugin's settings decides about its confinement. */
export interface ConfinedSettings {
  readonly permissions: PluginPermissions | undefined;
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A version of Node, and which flags it knows. */
export interface NodeAbilities {
  readonly version: string;
  knows(flag: string): boolean;
}

const thisNode: NodeAbilities = {
  version: process.versions.node,
  knows: (flag) => process.allowedNodeEnvironmentFlags.has(flag),
};

/** The Node from which on a plugin can be kept from the network, after it was accepted. */
const firstToDropNet = 26;

/** Looked at by every plugin that is confined, before its first line: docs/security.md. */
const preload = fileURLToPath(new URL("../../workers/permissions.cjs", import.meta.url));

/** Reads the disk for what a plugin must be able to read, and says how to confine it. Throws `ERR_PERMISSION`. */
export function confine(target: PluginTarget, settings: ConfinedSettings): Confinement {
  const { permissions } = settings;
  if (permissions === undefined) {
    if (target.kind === "module" && process.permission !== undefined) throw confinedHost(target.path);
    return { execArgv: [], dropsNet: false };
  }
  if (target.kind !== "module") {
    throw refusal(
      `The command ${target.path} cannot be given permissions: they are those of Node. Run it as a user of its own`,
    );
  }
  refuseOtherGrants(settings);
  const read = reduced([...neededFolders(target.path), ...linkAndReal(permissions.read ?? [])]);
  const write = reduced(linkAndReal(permissions.write ?? []));
  refuseMoreThanHost(permissions, { read, write });
  const { flags, dropsNet } = permissionFlags(permissions, { read, write }, thisNode);
  return { execArgv: [...flags, "--require", preload], dropsNet };
}

/** Refuses what a version of Node cannot deny. Throws `ERR_PERMISSION`. */
export function checkPermissions(permissions: PluginPermissions | undefined, version: string): void {
  if (permissions?.net !== false || major(version) >= firstToDropNet) return;
  throw refusal(
    `Node ${version} cannot keep a plugin from the network; Node ${firstToDropNet} can. Leave \`net\` out of the permissions, or run the host on Node ${firstToDropNet}`,
  );
}

/**
 * The flags that a version of Node takes for these permissions. Node's SQLite reads and writes any file, whatever was
 * granted: it is taken away.
 */
export function permissionFlags(
  { childProcess, worker, addons, net }: PluginPermissions,
  folders: { readonly read: readonly string[]; readonly write: readonly string[] },
  { version, knows }: NodeAbilities,
): { readonly flags: readonly string[]; readonly dropsNet: boolean } {
  const dropsNet = net !== true && major(version) >= firstToDropNet;
  return {
    dropsNet,
    flags: [
      knows("--permission") ? "--permission" : "--experimental-permission",
      ...(knows("--no-experimental-sqlite") ? ["--no-experimental-sqlite"] : []),
      ...folders.read.map((path) => `--allow-fs-read=${everythingIn(path)}`),
      ...folders.write.map((path) => `--allow-fs-write=${everythingIn(path)}`),
      ...(childProcess ? ["--allow-child-process"] : []),
      ...(worker ? ["--allow-worker"] : []),
      ...(addons ? ["--allow-addons"] : []),
      // A plugin listens until it is accepted.
      ...(knows("--allow-net") ? ["--allow-net"] : []),
    ],
  };
}

/**
 * The paths without those that lie in another, in order. Node 20 aborts the whole process, its threads' host included,
 * over a path that it is given twice.
 */
export function reduced(paths: readonly string[]): string[] {
  const sorted = [...new Set(paths)].sort();
  return sorted.filter((path) => !sorted.some((other) => other !== path && covers(other, path)));
}

/** A file, too: nothing lies in it. */
function everythingIn(path: string): string {
  return path.endsWith(sep) ? `${path}*` : `${path}${sep}*`;
}

function covers(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function linkAndReal(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [resolve(path), realOf(resolve(path))]);
}

/** By its real path, as far as it exists. */
function realOf(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realOf(dirname(path)), path.slice(dirname(path).length));
}

/** Node adds up what it is granted, from wherever. */
function refuseOtherGrants({ execArgv, env }: ConfinedSettings): void {
  const other = [...execArgv, ...(env.NODE_OPTIONS ?? "").split(/\s+/)].find((flag) =>
    isPermissionFlag(flag.replace(/^["']/, "")),
  );
  if (other === undefined) return;
  throw refusal(
    `${other} in execArgv or NODE_OPTIONS would change what the permissions grant. Take it out: name it in \`permissions\`, or set env: { NODE_OPTIONS: undefined }`,
  );
}

/** A host that is confined itself gives away no more than it has. */
function refuseMoreThanHost(
  permissions: PluginPermissions,
  { read, write }: { readonly read: readonly string[]; readonly write: readonly string[] },
): void {
  const own = process.permission;
  if (own === undefined) return;
  const lacking = [
    ...read.filter((path) => !own.has("fs.read", path)).map((path) => `read ${path}`),
    ...write.filter((path) => !own.has("fs.write", path)).map((path) => `write ${path}`),
    ...(permissions.childProcess && !own.has("child") ? ["start processes"] : []),
    ...(permissions.worker && !own.has("worker") ? ["start threads"] : []),
  ];
  if (lacking.length === 0) return;
  throw refusal(
    `This host runs under --permission and may not itself ${lacking.join(", nor ")}. Start it with more, or give the plugin less`,
  );
}

function confinedHost(path: string): PluginError {
  return refusal(
    `This host runs under --permission, which its plugins do not share. Say with \`permissions\` what ${path} may do`,
  );
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}

function refusal(what: string): PluginError {
  return new PluginError("ERR_PERMISSION", `${what}.`);
}
