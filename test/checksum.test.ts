import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { differences } from "../examples/checksum/compare.js";
import { temporaryFolder } from "./support/folders.js";
import { root } from "./support/modules.js";

function checksum(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, "examples/checksum/main.js"), ...args], {
    encoding: "utf8",
  });
}

describe("examples/checksum", () => {
  it("hashes every file of a folder in a process and in a thread, which agree, and prints each phase", () => {
    const folder = temporaryFolder("portcall größer ");
    mkdirSync(join(folder, "deep/er"), { recursive: true });
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "deep/er/line\nbreak \\ 'quoted'.txt"), "content");
    writeFileSync(join(folder, "deep/large"), Buffer.alloc(3_000_000, "large"));
    symlinkSync("empty", join(folder, "link"));
    const { status, stdout, stderr } = checksum(folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`3 files, 3.0 MB, under ${folder}`);
    expect(stdout).toMatch(/ms +launch +announce +connect +ready +total +files\/s +MB\/s/);
    for (const mode of ["process", "thread"]) {
      expect(stdout).toMatch(new RegExp(`^${mode}( +[\\d.]+){7}`, "m"));
    }
    expect(stdout).toMatch(/process, thread( and sha256sum)? agree on 3 files\.\n$/);
  });

  it("ends with status 1 and a sentence where the folder cannot be read", () => {
    const missing = join(temporaryFolder(), "missing");
    const { status, stderr } = checksum(missing);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `checksum: Cannot read the folder ${missing} (ENOENT). Name one that exists and that you may read.\n`,
    });
  });

  it("names each file on which not all agree, also where one could not read it", () => {
    const answers = {
      process: new Map([
        ["a", "1"],
        ["b", "2"],
        ["c", "3"],
      ]),
      thread: new Map([
        ["a", "1"],
        ["b", "9"],
      ]),
    };
    expect(differences(answers)).toEqual([
      { path: "b", digests: { process: "2", thread: "9" } },
      { path: "c", digests: { process: "3", thread: "unreadable" } },
    ]);
    expect(differences({ process: answers.process, thread: answers.process })).toEqual([]);
  });
});
