import { describe, expect, it } from "vitest";
import { describeExit, explainExit, printedError, quoteTail } from "../../src/host/exit.js";
import type { ExitStatus } from "../../src/transports/transport.js";

const exitedWith = (code: number): ExitStatus => ({ how: "exited", code });

/** What Node prints of an uncaught error. */
const fatal = `file:///plugin.js:3
  throw new RangeError("too far");
        ^

RangeError: too far
    at file:///plugin.js:3:9

Node.js v20.20.2
`;

describe("explainExit", () => {
  it("keeps a status as it is where stderr does not explain it", () => {
    for (const status of [
      exitedWith(0),
      exitedWith(1),
      exitedWith(143),
      { how: "signalled", signal: "SIGKILL" },
      { how: "killed", forced: true },
      { how: "stuck" },
      { how: "never-started" },
    ] satisfies ExitStatus[]) {
      expect(explainExit(status, "some words\n")).toEqual({ ...status, stderrTail: "some words\n" });
    }
  });

  it("takes an uncaught error for a crash, by what Node prints of it", () => {
    const exit = explainExit(exitedWith(1), `earlier\n\n${fatal}`);
    expect(exit).toMatchObject({ how: "crashed", error: { name: "RangeError", message: "too far" } });
    expect((exit as { error: Error }).error.stack).toContain("at file:///plugin.js:3:9");
  });

  it("reads an error's whole message, its code and its cause, and nothing that was printed before", () => {
    const printed = `file:///plugin.js:9
throw mine;
^

MyError: one

two
    at file:///plugin.js:9:7 {
  code: 'E_MINE',
  [cause]: RangeError: why
  
  not
      at file:///plugin.js:8:1 {
    code: 7
  },
  other: 1
}

Node.js v20.20.2
`;
    const { error } = explainExit(exitedWith(1), `${fatal}${printed}`) as unknown as { error: Error };
    expect(error).toMatchObject({ name: "MyError", message: "one\n\ntwo", code: "E_MINE" });
    expect(error.stack).toBe("MyError: one\n\ntwo\n    at file:///plugin.js:9:7");
    expect(error.cause).toMatchObject({ name: "RangeError", message: "why\n\nnot", code: 7 });
  });

  it.each([
    ["Error: plain", "Error", "plain"],
    ["Error", "Error", "Error"],
    ["TypeError [ERR_X]: coded", "TypeError", "coded"],
    ["AssertionError [ERR_ASSERTION]: no", "AssertionError", "no"],
    ["my.Error: dotted", "my.Error", "dotted"],
    ["'text'", "Error", "'text'"],
  ])("reads the crash %j", (first, name, message) => {
    const exit = explainExit(exitedWith(1), `${first}\n    at x\n\nNode.js v22.1.0\n`);
    expect(exit).toMatchObject({ how: "crashed", error: { name, message } });
  });

  it("does not take the word of a plugin that ended otherwise", () => {
    expect(explainExit(exitedWith(0), fatal).how).toBe("exited");
    expect(explainExit(exitedWith(3), fatal).how).toBe("exited");
    expect(explainExit({ how: "killed", forced: false }, fatal).how).toBe("killed");
    expect(explainExit({ how: "signalled", signal: "SIGTERM" }, fatal).how).toBe("signalled");
  });

  it("does not take a version in the middle of the output for a crash", () => {
    expect(explainExit(exitedWith(1), `${fatal}and then it went on\n`).how).toBe("exited");
  });

  it("knows a heap that is full, however the system reports the abort", () => {
    const tail = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
    expect(explainExit({ how: "signalled", signal: "SIGABRT" }, tail).how).toBe("out-of-memory");
    expect(explainExit(exitedWith(134), tail).how).toBe("out-of-memory");
    expect(explainExit({ how: "signalled", signal: "SIGABRT" }, "").how).toBe("signalled");
    expect(explainExit(exitedWith(1), tail).how).toBe("exited");
  });

  it("reads a tail of any shape in no time", () => {
    for (const line of ["\n", "x", "x\n", "Error: x\n", "\n\nNode.js v", " ", "x\n\n"]) {
      const tail = line.repeat(4_096 / line.length);
      expect(explainExit(exitedWith(1), tail)).toMatchObject({ how: "exited", stderrTail: tail });
    }
  });
});

it.each<[ExitStatus, string]>([
  [{ how: "exited", code: 3 }, "exit code 3"],
  [{ how: "signalled", signal: "SIGSEGV" }, "signal SIGSEGV"],
  [{ how: "crashed", error: new TypeError("odd") }, "crashed: TypeError: odd"],
  [{ how: "crashed", error: "text" }, "crashed: text"],
  [{ how: "killed", forced: false }, "killed"],
  [{ how: "killed", forced: true }, "killed by force"],
  [{ how: "out-of-memory" }, "out of memory"],
  [{ how: "stuck" }, "stuck in a native call that cannot be ended"],
  [{ how: "never-started" }, "never started"],
])("describes %j in words", (status, words) => {
  expect(describeExit(status)).toBe(words);
});

describe("quoteTail", () => {
  it("says that there was nothing", () => {
    expect(quoteTail("")).toBe("It wrote nothing to stderr.");
    expect(quoteTail(" \n\n")).toBe("It wrote nothing to stderr.");
  });

  it("marks every line, blank ones too", () => {
    expect(quoteTail("one\n\ntwo\n")).toBe("Its stderr ends:\n  | one\n  | \n  | two");
  });
});

describe("printedError", () => {
  it("reads the failure that a portcall plugin printed", () => {
    const error = printedError(
      "2026/01/02 03:04:05 Plugin address\n[ERR_NO_FREE_PORT] No free port: none.\n",
    );
    expect(error).toMatchObject({ code: "ERR_NO_FREE_PORT", message: "No free port: none." });
  });

  it("reads the last, which is what ended the plugin", () => {
    const tail = "[ERR_CONNECT] of a plugin of its own\n[ERR_PORT_RANGE] its own\n";
    expect(printedError(tail)).toMatchObject({ code: "ERR_PORT_RANGE" });
  });

  it("reads nothing else that looks like it", () => {
    for (const tail of [
      "",
      "[ERR] no\n",
      "log: [ERR_COOKIE] quoted\n",
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find x\n",
      "TypeError [ERR_OPTION]: no\n",
      "[ERR_MADE_UP] no\n",
    ]) {
      expect(printedError(tail)).toBeUndefined();
    }
  });
});
