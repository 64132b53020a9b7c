import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOf, temporaryPath } from "../support/files.js";
import { client, fixture, load, type MakeTransport, rejection } from "../support/load.js";
import { until } from "../support/processes.js";
import { keepingLogger, keepingSink } from "../support/streams.js";

interface Printer {
  printer: {
    write(stream: "stdout" | "stderr", ...chunks: (string | Uint8Array)[]): Promise<void>;
    lines(stream: "stdout" | "stderr", count: number): void;
    megabytes(stream: "stdout" | "stderr", count: number): Promise<string>;
    writeThenExit(stream: "stdout" | "stderr", text: string, code: number): void;
    linesThenExit(count: number): void;
    linesThenThrow(count: number): void;
    /** Leaves a line in the marker's file between the lines and the spin. */
    linesThenSpin(count: number, marker: string): void;
    ping(): string;
  };
}

const printer = fileURLToPath(fixture("printer.js"));
const streams = ["stdout", "stderr"] as const;
const goPrefix = /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2} /;

/** What every transport promises of a plugin's stdout and stderr. */
export function outputContract(transport: MakeTransport): void {
  describe("stderr", () => {
    it("reaches the sink byte for byte, and the logger line by line without trailing white space", async () => {
      const stderr = keepingSink();
      const logger = keepingLogger();
      const plugin = await load<Printer>("printer.js", { transport: transport(), stderr, logger });
      await plugin.components.printer.ping();
      const sample = "a  \nb\r\n\npartial";
      const before = stderr.bytes().length;
      await rejection(plugin.components.printer.writeThenExit("stderr", sample, 0));
      await plugin.exited;
      expect(stderr.bytes().subarray(before).toString()).toBe(sample);
      expect(logger.messages("info").slice(-4)).toEqual(
        ["a", "b", "", "partial"].map((line) => `${printer}: ${line}`),
      );
    });

    it("keeps bytes that are no text, and characters that are split over writes", async () => {
      const stderr = keepingSink();
      const logger = keepingLogger();
      const plugin = await load<Printer>("printer.js", { transport: transport(), stderr, logger });
      await plugin.components.printer.ping();
      const before = stderr.bytes().length;
      const euro = Buffer.from("€");
      const writes = [
        euro.subarray(0, 1),
        euro.subarray(1, 2),
        euro.subarray(2),
        "\n",
        Buffer.from([0xff, 10]),
      ];
      await plugin.components.printer.write("stderr", ...writes);
      await expect
        .poll(() => stderr.bytes().subarray(before))
        .toEqual(Buffer.from([0xe2, 0x82, 0xac, 10, 0xff, 10]));
      expect(logger.messages("info").slice(-2)).toEqual([`${printer}: €`, `${printer}: \ufffd`]);
    });

    it("holds the plugin's own log lines, in the original's order and with its date in front", async () => {
      const logger = keepingLogger();
      const plugin = await load<Printer>("printer.js", { transport: transport(), logger, minPort: 23_000 });
      await plugin.components.printer.ping();
      const { portcall, address } = await plugin.describe();
      const own = logger.messages("info").map((message) => message.slice(`${printer}: `.length));
      for (const line of own) expect(line).toMatch(goPrefix);
      expect(own.map((line) => line.replace(goPrefix, ""))).toEqual([
        `Plugin build against portcall '${portcall}'`,
        "Plugin minimum port: 23000",
        "Plugin maximum port: 25000",
        `Plugin address: ${address}`,
        "Waiting for connection...",
        "Serving a plugin connection...",
      ]);
    });

    it("leaves its tail in the exit, whether there is a sink or not", async () => {
      const plugin = await load<Printer>("printer.js", { transport: transport() });
      await rejection(plugin.components.printer.writeThenExit("stderr", "the last words\n", 4));
      const exit = await plugin.exited;
      expect(exit).toMatchObject({ how: "exited", code: 4 });
      expect(exit.stderrTail).toMatch(/Serving a plugin connection\.\.\.\nthe last words\n$/);
    });

    it("leaves no more than the last few kilobytes in the exit", async () => {
      const plugin = await load<Printer>("printer.js", { transport: transport() });
      await plugin.components.printer.megabytes("stderr", 1);
      await plugin.kill();
      const { stderrTail } = await plugin.exited;
      expect(stderrTail.length).toBeLessThanOrEqual(4_096);
      expect(stderrTail).toMatch(/y\nend\n$/);
    });
  });

  describe("the host's log", () => {
    it("says what is started, what it waits for, and how it ended", async () => {
      const logger = keepingLogger();
      const plugin = await load<Printer>("printer.js", {
        transport: transport(),
        logger,
        args: ["one", "two words"],
      });
      const { id } = await plugin.describe();
      await rejection(plugin.components.printer.writeThenExit("stderr", "", 5));
      await plugin.exited;
      expect(logger.messages("debug")).toEqual([
        `Starting plugin: ${printer} ["one","two words"]`,
        `Waiting for RPC address for: ${printer}`,
        `${printer}: plugin ${id} ended: exit code 5`,
      ]);
      expect([...logger.messages("warn"), ...logger.messages("error")]).toEqual([]);
    });
  });

  describe("stdout", () => {
    it("goes to its sink for ever after the announcement, in order, and without the announcement", async () => {
      const stdout = keepingSink();
      const plugin = await load<Printer>("printer.js", { transport: transport(), stdout });
      await plugin.components.printer.write("stdout", "one ", Buffer.from("two ", "utf8"), "");
      await plugin.components.printer.write("stdout", "three\r\n", "vier\u00a0fünf");
      await expect.poll(() => stdout.text()).toBe("one two three\r\nvier\u00a0fünf");
    });

    it("is kept apart from stderr", async () => {
      const [stdout, stderr] = [keepingSink(), keepingSink()];
      const plugin = await load<Printer>("printer.js", { transport: transport(), stdout, stderr });
      await plugin.components.printer.write("stdout", "to stdout\n");
      await plugin.components.printer.write("stderr", "to stderr\n");
      await expect.poll(() => stdout.text()).toBe("to stdout\n");
      await expect.poll(() => stderr.text()).toMatch(/connection\.\.\.\nto stderr\n$/);
    });
  });

  describe("ten megabytes of output", () => {
    for (const stream of streams) {
      it(`on ${stream} do not block the plugin where nobody wants them`, async () => {
        const plugin = await load<Printer>("printer.js", { transport: transport() });
        expect(await plugin.components.printer.megabytes(stream, 10)).toBe("printed");
        expect(await plugin.components.printer.ping()).toBe("pong");
      });

      it(`on ${stream} arrive whole in a sink`, async () => {
        const sink = keepingSink();
        const plugin = await load<Printer>("printer.js", { transport: transport(), [stream]: sink });
        await plugin.components.printer.ping();
        const before = sink.bytes().length;
        await plugin.components.printer.megabytes(stream, 10);
        await expect.poll(() => sink.bytes().length - before).toBe(10 * 1024 * 1024 + "\nend\n".length);
        expect(sink.text().endsWith("y\nend\n")).toBe(true);
      });

      it(`on ${stream} do not block the plugin where the sink never drains`, async () => {
        const stuck = new Writable({ write: () => {} });
        const plugin = await load<Printer>("printer.js", { transport: transport(), [stream]: stuck });
        expect(await plugin.components.printer.megabytes(stream, 10)).toBe("printed");
        expect(await plugin.components.printer.ping()).toBe("pong");
      });
    }
  });

  describe("a sink that cannot be written to", () => {
    const failing = {
      "fails each write": () =>
        new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) }),
      "throws in its write": () =>
        new Writable({
          write: () => {
            throw new Error("disk full");
          },
        }),
    };
    for (const [how, make] of Object.entries(failing)) {
      it(`is warned of once when it ${how}, and the plugin goes on`, async () => {
        const logger = keepingLogger();
        const plugin = await load<Printer>("printer.js", { transport: transport(), stdout: make(), logger });
        await plugin.components.printer.write("stdout", "a\n", "b\n");
        expect(await plugin.components.printer.megabytes("stdout", 1)).toBe("printed");
        await expect.poll(() => logger.messages("warn")).toHaveLength(1);
        expect(logger.messages("warn")[0]).toMatch(/stdout: the sink failed.*disk full/);
        expect(await plugin.components.printer.ping()).toBe("pong");
      });
    }

    it("is left alone once it has ended or was destroyed", async () => {
      const [ended, destroyed] = [keepingSink(), keepingSink()];
      ended.end();
      destroyed.destroy();
      const plugin = await load<Printer>("printer.js", {
        transport: transport(),
        stdout: ended,
        stderr: destroyed,
      });
      expect(await plugin.components.printer.megabytes("stdout", 1)).toBe("printed");
      expect(await plugin.components.printer.megabytes("stderr", 1)).toBe("printed");
    });
  });

  describe("a thousand lines that are printed right before the plugin ends all arrive", () => {
    const endings: Record<string, (printing: Awaited<ReturnType<typeof loadPrinter>>) => Promise<unknown>> = {
      "by kill": async ({ plugin }) => {
        await plugin.components.printer.lines("stdout", 1_000);
        await plugin.components.printer.lines("stderr", 1_000);
        return plugin.kill();
      },
      "by process.exit": ({ plugin }) => rejection(plugin.components.printer.linesThenExit(1_000)),
      "by a throw": ({ plugin }) => plugin.components.printer.linesThenThrow(1_000),
      "by force, while it spins": async ({ plugin }) => {
        const marker = temporaryPath();
        const spinning = rejection(plugin.components.printer.linesThenSpin(1_000, marker));
        await until("the last line", () => linesOf(marker).length > 0);
        await plugin.kill();
        return spinning;
      },
    };
    const loadPrinter = async () => {
      const [stdout, stderr] = [keepingSink(), keepingSink()];
      const options = { transport: transport(), stdout, stderr, killGraceMs: 200 };
      return { stdout, stderr, plugin: await load<Printer>("printer.js", options) };
    };
    for (const [how, end] of Object.entries(endings)) {
      it(how, async () => {
        const printing = await loadPrinter();
        await end(printing);
        await printing.plugin.exited;
        for (const sink of [printing.stdout, printing.stderr]) {
          const numbers = sink.text().match(/^\d{5}(?= x{59}$)/gm) ?? [];
          expect(numbers.map(Number).join()).toBe(Array.from({ length: 1_000 }, (_, i) => i).join());
        }
      });
    }
  });

  it("shares one sink among a dozen plugins without a warning about listeners", async () => {
    const sink = keepingSink();
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    try {
      const plugins = Array.from({ length: 12 }, () =>
        client<Printer>("printer.js", { transport: transport(), stdout: sink, stderr: sink }),
      );
      for (const plugin of plugins.slice(0, 3)) await plugin.components.printer.write("stdout", "shared\n");
      await Promise.all(
        plugins.slice(3).map((plugin) => plugin.components.printer.write("stdout", "shared\n")),
      );
      await expect.poll(() => sink.text().match(/shared\n/g)?.length).toBe(12);
    } finally {
      process.off("warning", warned);
    }
    expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
  });
}
