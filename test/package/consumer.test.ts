import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../support/modules.js";

const run = promisify(execFile);

/** A project that has the packed tarball installed, and nothing else. */
let project = "";
let packed: string[] = [];

/** Installing may reach the registry, for comlink. */
const installMs = 120_000;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "portcall-consumer-"));
  // Without its scripts: packing would build again, under the feet of the other tests.
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", project];
  const [tarball] = JSON.parse((await run("npm", pack, { cwd: root })).stdout);
  packed = tarball.files.map(({ path }: { path: string }) => path).sort();
  await writeFile(
    join(project, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", project];
  await run("npm", ["install", ...flags, join(project, tarball.filename)], { cwd: project });
  await cp(join(root, "test/fixtures/consumer"), project, { recursive: true });
}, installMs);

afterAll(() => rm(project, { recursive: true, force: true }));

describe("the tarball", () => {
  it("holds the built package, what documents it, and nothing else", () => {
    const elsewhere = packed.filter(
      (file) => !/^(dist\/(src|workers)\/|docs\/.*\.(md|py)$|examples\/)/.test(file),
    );
    expect(elsewhere.filter((file) => file !== "CHANGELOG.md")).toEqual([
      "LICENSE",
      "README.md",
      "package.json",
      "test/fixtures/plugins/foreign.js",
    ]);
    expect(
      packed.filter((file) => file.startsWith("dist/") && !/(\.js|\.[cm]js|\.d\.ts)$/.test(file)),
    ).toEqual([]);
  });

  it("holds what its pages link to", async () => {
    const dead: string[] = [];
    for (const page of packed.filter((file) => file.endsWith(".md"))) {
      const text = await readFile(installed(page), "utf8");
      for (const [, link = ""] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
        const target = join(dirname(page), link);
        if (!packed.some((file) => file === target || file.startsWith(target))) dead.push(`${page}: ${link}`);
      }
    }
    expect(dead).toEqual([]);
  });

  it("packs no code that no entry point reaches", async () => {
    const reached = new Set<string>();
    const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const code = [".", "./plugin", "./testing"].map((entry) => exports[entry].default.slice("./".length));
    // What the published contract runs its plugins from.
    const plugins = packed.filter((file) => /^dist\/src\/testing\/plugins\/[^/]+\.js$/.test(file));
    const workers = [
      "thread.cjs",
      "permissions.cjs",
      "parity.cjs",
      "spare-process.mjs",
      "spare-thread.mjs",
    ].map((name) => `dist/workers/${name}`);
    for (const file of [...code, ...plugins, ...workers]) await reach(file, reached);
    const built = packed.filter((file) => file.startsWith("dist/") && /\.[cm]?js$/.test(file));
    expect(built).toEqual([...reached].sort());
  });

  it("keeps comlink's licence notice where comlink is bundled", async () => {
    expect(await readFile(installed("dist/src/plugin.js"), "utf8")).toMatch(
      /@license[\s\S]{0,80}Apache-2\.0/,
    );
  });

  it("declares nothing in comlink's types or the DOM's", async () => {
    for (const file of packed.filter((name) => name.endsWith(".d.ts"))) {
      expect(await readFile(installed(file), "utf8"), file).not.toMatch(
        /(from|import\(|require\(|types=|path=)\s*"?([^"\n]*\/)?comlink["/]|lib="dom"/,
      );
    }
  });
});

describe("an empty project with the tarball installed", () => {
  it("has comlink, piscina with its native part, and tinypool, and no other package besides", async () => {
    const modules = await readdir(join(project, "node_modules"));
    expect(modules.filter((name) => !name.startsWith(".")).sort()).toEqual([
      "@napi-rs",
      "comlink",
      "piscina",
      "portcall",
      "tinypool",
    ]);
  });

  it("compiles the quick start, strictly, without the DOM and with every declaration checked", async () => {
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "ES2022",
          lib: ["ES2023", "ESNext.Disposable"],
          module: "NodeNext",
          types: ["node"],
          typeRoots: [join(root, "node_modules/@types")],
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          verbatimModuleSyntax: true,
          skipLibCheck: false,
        },
        files: ["greeter.ts", "app.ts"],
      }),
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", project]).catch((failure) => failure);
    expect(stdout).toBe("");
  });

  it.each([
    ["process", /^pid \d+ Hello, Ada!\nthread \d+ Hello, Grace!\n$/],
    ["thread", /^thread \d+ Hello, Ada!\nthread \d+ Hello, Grace!\n$/],
  ])("runs the quick start where PORTCALL_TRANSPORT is %s, and ends", async (transport, output) => {
    const env = { ...process.env, PORTCALL_TRANSPORT: transport };
    const { stdout, stderr } = await run(process.execPath, [join(project, "app.js")], { cwd: project, env });
    expect(stderr).toBe("");
    expect(stdout).toMatch(output);
  });
});

function installed(file: string): string {
  return join(project, "node_modules/portcall", file);
}

/** Follows the relative imports of a built module. */
async function reach(file: string, reached: Set<string>): Promise<void> {
  if (reached.has(file)) return;
  reached.add(file);
  const text = await readFile(installed(file), "utf8");
  for (const [, specifier] of text.matchAll(/(?:from|import|require\(|import\()\s*"(\.[^"]+)"/g)) {
    await reach(join(dirname(file), specifier as string), reached);
  }
}
