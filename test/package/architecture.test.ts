import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { mayImport } from "../support/import-rules.js";
import { codeOf, filesUnder, importsOf, resolveImport, root } from "../support/modules.js";

const sources = [...filesUnder("src"), ...filesUnder("workers")];
/** What runs elsewhere: it is named by a path. */
const workers = sources.filter((file) => /^(workers|src\/testing\/plugins)\//.test(file));
const entryPoints = sources.filter((file) => /^src\/[^/]+\.ts$/.test(file) && !isLeaf(file));

function isLeaf(file: string): boolean {
  return file === "src/errors.ts" || file === "src/version.ts";
}

/** What a file imports, at once or when needed. */
function importedBy(file: string): string[] {
  const { atOnce, whenNeeded } = importsOf(file);
  return [...atOnce, ...whenNeeded].map((specifier) => resolveImport(file, specifier));
}

/** All sources that loading a file can lead to. */
function reachedFrom(file: string, reached: Set<string> = new Set()): Set<string> {
  if (reached.has(file) || !sources.includes(file)) return reached;
  reached.add(file);
  for (const imported of importedBy(file)) reachedFrom(imported, reached);
  return reached;
}

describe("the direction of imports", () => {
  it("is kept by every file", () => {
    const wrong = sources.flatMap((file) =>
      importedBy(file)
        .filter((imported) => /^(src|workers)\//.test(imported) && !mayImport(file, imported))
        .map((imported) => `${file} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it("lets every relative import end at a source file", () => {
    const lost = sources.flatMap((file) =>
      importedBy(file).filter(
        (imported) => /^(\.|src\/|workers\/)/.test(imported) && !sources.includes(imported),
      ),
    );
    expect(lost).toEqual([]);
  });

  it.each([
    ["src/host/client.ts", "src/guest/server.ts"],
    ["src/guest/server.ts", "src/host/client.ts"],
    ["src/host/client.ts", "src/transports/thread/host.ts"],
    ["src/host/client.ts", "src/index.ts"],
    ["src/guest/serve.ts", "src/transports/select.ts"],
    ["src/rpc/session.ts", "src/host/client.ts"],
    ["src/rpc/session.ts", "src/handshake/ports.ts"],
    ["src/handshake/ports.ts", "src/rpc/session.ts"],
    ["src/transports/thread/host.ts", "src/transports/process/host.ts"],
    ["src/transports/thread/host.ts", "src/transports/warm/host.ts"],
    ["src/transports/warm/host.ts", "src/host/client.ts"],
    ["src/transports/process/guest.ts", "src/transports/select.ts"],
    ["src/transports/process/host.ts", "src/rpc/session.ts"],
    ["src/transports/transport.ts", "src/errors.ts"],
    ["src/plugin.ts", "src/host/client.ts"],
    ["src/index.ts", "src/guest/server.ts"],
    ["src/index.ts", "src/testing/test-plugin.ts"],
    ["src/testing/plugins/serves.ts", "src/host/client.ts"],
    ["src/host/pool/replicas.ts", "src/transports/thread/replicas.ts"],
    ["workers/thread.ts", "src/host/client.ts"],
    ["src/somewhere-new/file.ts", "src/errors.ts"],
  ])("would refuse %s importing %s", (importer, imported) => {
    expect(mayImport(importer, imported)).toBe(false);
  });

  it("keeps the host's half out of a plugin, and the guest's half out of a host", () => {
    const hosts = /^src\/(host\/|transports\/(select|reaper)\.ts|transports\/[^/]+\/host\.ts)/;
    const guests = /^src\/(guest\/|transports\/select-guest\.ts|transports\/[^/]+\/guest\.ts)/;
    for (const file of ["src/plugin.ts", ...workers]) {
      expect([...reachedFrom(file)].filter((reached) => hosts.test(reached))).toEqual([]);
    }
    expect([...reachedFrom("src/index.ts")].filter((file) => guests.test(file))).toEqual([]);
  });

  it("leads to every source file from an entry point or a worker", () => {
    const reached = new Set([...entryPoints, ...workers].flatMap((file) => [...reachedFrom(file)]));
    expect(sources.filter((file) => !reached.has(file) && !file.endsWith(".d.ts"))).toEqual([]);
  });

  it("brings comlink in through src/rpc/calls only, by the one specifier of one build", () => {
    const users = sources.flatMap((file) =>
      importedBy(file)
        .filter((imported) => imported.startsWith("comlink"))
        .map((imported) => `${file.replace(/[^/]+$/, "")}: ${imported}`),
    );
    expect([...new Set(users)]).toEqual(["src/rpc/calls/: comlink/dist/esm/comlink.mjs"]);
  });

  it("uses no package but comlink and, in one file each, piscina and tinypool, and built-ins by their node: names", () => {
    const others = sources.flatMap((file) =>
      importedBy(file)
        .filter((imported) => !/^(src\/|workers\/|node:|comlink\/)/.test(imported))
        .map((imported) => `${file}: ${imported}`),
    );
    expect([...new Set(others)]).toEqual([
      "src/transports/thread/replicas.ts: piscina",
      "src/transports/warm/pool.ts: tinypool",
    ]);
  });
});

describe("an entry point", () => {
  it("is src/index.ts, src/plugin.ts or src/testing.ts", () => {
    expect(entryPoints).toEqual(["src/index.ts", "src/plugin.ts", "src/testing.ts"]);
  });

  it.each(entryPoints)("%s holds re-exports of names only", (file) => {
    expect(
      codeOf(file)
        .replace(/^export (type )?\{[^{}]*\} from "[^"]+";$/gm, "")
        .trim(),
    ).toBe("");
  });
});

describe("the sources", () => {
  it("never re-export everything", () => {
    expect(sources.filter((file) => /^export\s+(type\s+)?\*/m.test(codeOf(file)))).toEqual([]);
  });

  it("have at most 300 lines in a file, tests, examples and benchmarks too", async () => {
    const files = [...sources, ...["test", "bench", "examples"].flatMap(codeUnder)];
    const lengths = await Promise.all(
      files.map(async (file) => ({
        file,
        lines: (await readFile(join(root, file), "utf8")).split("\n").length - 1,
      })),
    );
    expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  it("ask for isMainThread nowhere outside of the transports", () => {
    const asking = sources.filter((file) => /\bisMainThread\b/.test(codeOf(file)));
    expect(asking.filter((file) => !file.startsWith("src/transports/"))).toEqual([]);
  });

  it("never read a transport's name outside of the transports: they compile where there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcall-architecture-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    for (const name of ["src", "workers", "package.json", "tsconfig.json"]) {
      await cp(join(root, name), join(folder, name), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const contract = join(folder, "src/transports/transport.ts");
    const text = await readFile(contract, "utf8");
    const nameless = text.replace(
      /(interface HandshakeTransport \{[^}]*?)\n {2}readonly name: string;/,
      "$1",
    );
    expect(nameless).not.toBe(text);
    await writeFile(contract, nameless);

    const errors = await typeErrors(folder);
    expect(errors.filter((line) => !line.startsWith("src/transports/"))).toEqual([]);
    // The transports themselves do name what is gone, so the compiler was asked the right question.
    expect(errors.filter((line) => line.includes("'name' does not exist in type"))).not.toEqual([]);
  });
});

describe("what a plugin loads at its start", () => {
  it("is one bundle that statically imports async_hooks alone", () => {
    expect(importsOf("dist/src/plugin.js").atOnce).toEqual(["node:async_hooks"]);
  });

  it("is in a thread one preloaded file that requires few built-ins", () => {
    expect([...importsOf("dist/workers/thread.cjs").whenNeeded].sort()).toEqual([
      "node:diagnostics_channel",
      // With debug: true alone.
      "node:inspector",
      "node:util",
      "node:worker_threads",
    ]);
  });

  it("is in a spare one file and the same bundle, so that a plugin finds all of it loaded", () => {
    expect([...new Set(importsOf("dist/workers/spare-thread.mjs").atOnce)].sort()).toEqual([
      "../src/plugin.js",
      "node:diagnostics_channel",
      "node:fs",
      "node:module",
      "node:util",
      "node:v8",
      "node:worker_threads",
    ]);
    const spareProcess = importsOf("dist/workers/spare-process.mjs");
    expect([...spareProcess.whenNeeded].sort()).toEqual(["node:net", "node:v8"]);
    expect([...new Set(spareProcess.atOnce)].sort()).toEqual([
      "../src/plugin.js",
      "node:fs",
      "node:module",
      "node:v8",
      "node:worker_threads",
    ]);
  });
});

function codeUnder(folder: string): string[] {
  try {
    return filesUnder(folder).filter((file) => /\.[cm]?[jt]s$/.test(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** The lines in which tsc says what is wrong. */
async function typeErrors(folder: string): Promise<string[]> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    cwd: folder,
  }).catch((failure: { stdout: string }) => failure);
  return stdout.split("\n").filter((line) => /^\S+\(\d+,\d+\): error/.test(line));
}
