import { expect, it } from "vitest";
import { lineSplitter } from "../../src/host/output.js";

/** The lines that are told of chunks, and of their end. */
function linesOf(chunks: readonly (Buffer | string)[]): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as string));
  splitter.end();
  return lines;
}

it("cuts the original's sample as the original does: no trailing white space, blank lines, a last fragment", () => {
  expect(linesOf(["a  \nb\r\n\npartial"])).toEqual(["a", "b", "", "partial"]);
});

it("cuts the same lines however the bytes are chunked, characters of several bytes included", () => {
  const bytes = Buffer.from("äöü \r\n\u{1f600}x\n\n€ ");
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(linesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(["äöü", "\u{1f600}x", "", "€"]);
  }
  expect(linesOf([...bytes].map((byte) => Buffer.from([byte])))).toEqual(["äöü", "\u{1f600}x", "", "€"]);
});

it("tells of a line as soon as it ends, not before", () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  splitter.push(Buffer.from("one\ntw"));
  expect(lines).toEqual(["one"]);
  splitter.push(Buffer.from("o\n"));
  expect(lines).toEqual(["one", "two"]);
});

it("tells of no line where there is none", () => {
  expect(linesOf([])).toEqual([]);
  expect(linesOf([""])).toEqual([]);
  expect(linesOf(["one\n"])).toEqual(["one"]);
});

it("keeps white space at the front of a line", () => {
  expect(linesOf(["  at file:1\n\t x"])).toEqual(["  at file:1", "\t x"]);
});

it("tells the last fragment once, however often it is ended", () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  splitter.push(Buffer.from("last"));
  splitter.end();
  splitter.end();
  expect(lines).toEqual(["last"]);
});

it("shows half a character at the end as what it is", () => {
  expect(linesOf([Buffer.from([0x61, 0xe2, 0x82])])).toEqual(["a\ufffd"]);
});

it("cuts a line that does not end, and loses nothing of it", () => {
  const lines = linesOf(["x".repeat(50_000), "x".repeat(50_000), "x".repeat(50_000), "\nnext\n"]);
  expect(lines.slice(0, -1).join("")).toBe("x".repeat(150_000));
  expect(lines.at(-1)).toBe("next");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(150_000);
});
