import type { PluginClient, PluginError, PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import { client, type MakeTransport, rejection } from "../support/load.js";
import { keepingSink } from "../support/streams.js";
import { freePorts } from "../support/watch.js";

/** What every transport promises of the announcement, whatever a plugin prints. */
export function announcementContract(transport: MakeTransport): void {
  /** A plugin that does these steps by hand, see test/fixtures/plugins/raw.js. */
  const raw = (steps: string[], options: PluginOptions = {}) =>
    client("raw.js", { transport: transport(), args: steps, killGraceMs: 100, ...options });

  /** The error that a start fails with. Then the plugin is gone, its end is known, and the error names it. */
  const failure = async (plugin: PluginClient): Promise<PluginError> => {
    const error = (await rejection(plugin.start())) as PluginError;
    expect(plugin.hasExited).toBe(true);
    expect(error.name).toBe("PluginError");
    expect(error.message).toMatch(/raw\.js \((pid|thread) \d+\)/);
    expect(await rejection(plugin.start())).toBe(error);
    return error;
  };

  /** Fails to start at a plugin that lives on, and was ended by force. */
  const failureWhileAlive = async (steps: string[], options?: PluginOptions): Promise<PluginError> => {
    const plugin = raw([...steps, "stay"], options);
    const error = await failure(plugin);
    expect(await plugin.exited).toMatchObject({ how: "killed", forced: true });
    return error;
  };

  describe("the announcement", () => {
    it.each<[string, (port: number) => string[]]>([
      ["in one write", (port) => [`print 1|127.0.0.1:${port}\n`]],
      ["in several writes", (port) => ["print 1", "print |127.0", `print .0.1:${port}`, "print \n"]],
      ["with CRLF", (port) => [`print 1|127.0.0.1:${port}\r\n`]],
      ["with a CRLF that is split", (port) => [`print 1|127.0.0.1:${port}\r`, "print \n"]],
      ["with outer white space", (port) => [`print \t 1|127.0.0.1:${port}  \n`]],
      ["with output right behind it", (port) => [`print 1|127.0.0.1:${port}\nand more`]],
      ["without its host", (port) => [`print 1|:${port}\n`]],
    ])("is read %s: the host connects, and says that nobody listens there", async (_what, steps) => {
      const port = await freePorts(1);
      const error = await failureWhileAlive(steps(port));
      expect(error.code).toBe("ERR_CONNECT");
      expect(error.message).toMatch(`:${port}: connect ECONNREFUSED`);
      expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
    });

    it("ends at its line break: what follows is the plugin's output", async () => {
      const stdout = keepingSink();
      await failure(raw(["print 1|127.0.0.1:1\nrest ", "print of it", "exit 0"], { stdout }));
      expect("rest of it".startsWith(stdout.text())).toBe(true);
      expect(stdout.text()).toMatch(/^rest /);
    });

    it.each([
      ["hello", "hello"],
      ["hello\n1|127.0.0.1:10000", "hello"],
      ["{}", "{}"],
      ["\n1|127.0.0.1:10000", ""],
      ["\r", ""],
    ])(
      "that is none is quoted in ERR_ANNOUNCEMENT, even if a valid line follows: %j",
      async (text, quoted) => {
        const error = await failureWhileAlive([`print ${text}\n`]);
        expect(error.code).toBe("ERR_ANNOUNCEMENT");
        expect(error.message.split("\n")[0]).toBe(`Unrecognized remote plugin message: ${quoted}`);
        expect(error.message).toContain("must be its announcement");
      },
    );

    it("of another version is ERR_API_VERSION, with both versions", async () => {
      const error = await failureWhileAlive(["print 11|:1234\n"]);
      expect(error.code).toBe("ERR_API_VERSION");
      expect(error.message).toContain("Incompatible API version with plugin. Plugin version: 11, Ours: 1.");
    });

    it("of a go-plugin plugin is ERR_ANNOUNCEMENT, and called what it is", async () => {
      const error = await failureWhileAlive(["print 1|1|tcp|127.0.0.1:5|netrpc\n"]);
      expect(error.code).toBe("ERR_ANNOUNCEMENT");
      expect(error.message).toContain("1|tcp|127.0.0.1:5|netrpc");
      expect(error.message).toContain("go-plugin");
    });

    it.each([
      "",
      "0.0.0.0:80",
      "example.com:80",
      "127.0.0.1:0",
      "127.0.0.1:70000",
      "[::1]:80",
      "/tmp/socket",
    ])("of the address %j is ERR_ANNOUNCEMENT, and nobody is connected to", async (address) => {
      const error = await failureWhileAlive([`print 1|${address}\n`]);
      expect(error.code).toBe("ERR_ANNOUNCEMENT");
      expect(error.message).toContain(`Invalid plugin address ${JSON.stringify(address)}`);
    });

    it("that does not end is given up after 4096 bytes, without waiting for the time-out", async () => {
      const error = await failureWhileAlive([`print ${"x".repeat(5_000)}`]);
      expect(error.code).toBe("ERR_ANNOUNCEMENT");
      expect(error.message).toContain("more than 4096 bytes");
    });

    it("that ends after more than 4096 bytes is not quoted in full", async () => {
      const error = await failureWhileAlive([`print ${"x".repeat(5_000)}\n1|127.0.0.1:10000\n`]);
      expect(error.code).toBe("ERR_ANNOUNCEMENT");
      expect(error.message.length).toBeLessThan(4_096);
    });

    it("without a line break is waited for until the time-out, in the original's words", async () => {
      const stderr = keepingSink();
      const error = await failureWhileAlive(["log so far\n", "print 1|127.0.0.1:10000"], {
        startTimeoutMs: 500,
        stderr,
      });
      expect(error.code).toBe("ERR_START_TIMEOUT");
      expect(error.message).toMatch(
        /^timeout while waiting for plugin to start: it was not ready after 500 ms/,
      );
      // On a busy machine it may not have come to that.
      expect(error.message).toContain(stderr.text() === "" ? "It wrote nothing to stderr." : "  | so far");
    });
  });

  describe("a plugin that ends before it is connected to", () => {
    it("without a word fails the start with its exit code", async () => {
      const plugin = raw(["exit 3"]);
      const error = await failure(plugin);
      expect(error.code).toBe("ERR_EXITED_BEFORE_ANNOUNCE");
      expect(error.message).toMatch(/^plugin exited before we could connect: .*exit code 3/);
      expect(error.message).toContain("It wrote nothing to stderr.");
      expect(error.exit).toEqual({ how: "exited", code: 3, stderrTail: "" });
      expect(error.exit).toEqual(await plugin.exited);
    });

    it("by falling off its end fails the start with exit code 0", async () => {
      expect((await failure(raw([]))).message).toContain("exit code 0");
    });

    it("with last words has them in the error", async () => {
      const error = await failure(raw(["log no such\n\nlicence", "exit 1"]));
      expect(error.message).toContain("Its stderr ends:\n  | no such\n  | \n  | licence");
      expect(error.exit?.stderrTail).toBe("no such\n\nlicence");
    });

    it("by an error that nothing caught has that error as its cause", async () => {
      const error = await failure(raw(["fail no luck"]));
      expect(error.code).toBe("ERR_EXITED_BEFORE_ANNOUNCE");
      expect(error.message).toContain("crashed: RangeError: no luck");
      expect(error.cause).toMatchObject({ name: "RangeError", message: "no luck" });
      expect(error.exit?.stderrTail).toMatch(/RangeError: no luck\n {4}at .*raw\.js/);
    });

    it("in the middle of its announcement has ended, whatever it printed", async () => {
      const error = await failure(raw(["print 1|127.0.0.1:10000", "exit 0"]));
      expect(error.code).toBe("ERR_EXITED_BEFORE_ANNOUNCE");
    });

    it("right after its announcement is ERR_PLUGIN_EXITED, not a connection that was refused", async () => {
      const port = await freePorts(1);
      for (let i = 0; i < 10; i++) {
        const error = await failure(raw([`last 1|127.0.0.1:${port}\n`]));
        expect(error.code).toBe("ERR_PLUGIN_EXITED");
        expect(error.message).toMatch(/^plugin exited before we could connect: .*exit code 7/);
      }
    });
  });

  describe("a plugin that closes its stdout and lives on", () => {
    it.each([
      ["without a word", ["close"]],
      ["in the middle of its announcement", ["print 1|127.0.0.1:10000", "close"]],
    ])("%s fails the start at once, not by the time-out", async (_what, steps) => {
      const error = await failureWhileAlive(["log to stderr\n", ...steps], { startTimeoutMs: 600_000 });
      expect(error.code).toBe("ERR_ANNOUNCEMENT");
      expect(error.message).toContain("closed its stdout before it announced an address");
      expect(error.message).toContain("  | to stderr");
    });
  });

  describe("a plugin that is silent", () => {
    it("fails the start by its time-out, which names the plugin and counts from the launch", async () => {
      const error = await failureWhileAlive([], { startTimeoutMs: 300 });
      expect(error.code).toBe("ERR_START_TIMEOUT");
      expect(error.message).toContain("It wrote nothing to stderr.");
    });
  });
}
