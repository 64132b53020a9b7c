import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { pluginErrorCodes } from "../../src/errors.js";
import { filesUnder, root } from "../support/modules.js";

const pages = ["README.md", "CHANGELOG.md", ...filesUnder("docs").filter((file) => file.endsWith(".md"))];
const textOf = (page: string) => readFileSync(join(root, page), "utf8");

describe("the documentation", () => {
  it.each(pages)("%s links to pages and headings that are there", (page) => {
    // Code is not linked; a link may be broken over two lines.
    const text = textOf(page).replace(/```[\s\S]*?```/g, "");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  it("names source files that are there in docs/architecture.md", () => {
    const named = [...textOf("docs/architecture.md").matchAll(/`([\w-]+(?:\/[\w*.-]+)+\.[cm]?[jt]s)`/g)];
    const places = ["", "src/", "src/transports/"];
    const missing = named
      .map(([, file]) => file as string)
      .filter((file) => !places.some((place) => existsSync(join(root, place, file))));
    expect(named.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it("has in docs/parity.md every difference, each with tests that are there or a reason why there is none", () => {
    const rows = textOf("docs/parity.md")
      .split("\n")
      .filter((line) => /^\| \d/.test(line))
      .map((line) => line.split("|").map((cell) => cell.trim()));
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 43 }, (_, i) => i + 1));
    for (const [, number, , , , shown = ""] of rows) {
      const tests = shown.match(/[\w/-]+(\.test)?\.ts/g) ?? [];
      const missing = tests.filter(
        (name) => ![name, `test/contract/${name}`].some((file) => existsSync(join(root, file))),
      );
      expect({ number, missing }).toEqual({ number, missing: [] });
      if (tests.length === 0) expect(shown).toContain("no test of its own: ");
    }
  });

  it("says in docs/errors.md what every code means, and of no other", () => {
    const documented = new Set(textOf("docs/errors.md").match(/`ERR_[A-Z_]+`/g));
    expect([...documented].sort()).toEqual(pluginErrorCodes.map((code) => `\`${code}\``).sort());
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(target).has(heading);
}

/** The names that GitHub gives a page's headings. */
function headingsOf(page: string): Set<string> {
  const headings = textOf(page).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, title]) =>
      (title as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
