import { cleanupClients, type PluginLogger, processTransport } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { load } from "../support/load.js";
import { until } from "../support/processes.js";
import { textSink } from "../support/text-sink.js";

describe("a logger that throws", () => {
  it("keeps no plugin from starting, printing and ending, and is told of by one warning", async () => {
    const warnings: NodeJS.ErrnoException[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on("warning", warned);
    onTestFinished(() => void process.off("warning", warned));
    const fail = () => {
      throw new TypeError("no log today");
    };
    const logger: PluginLogger = { debug: fail, info: fail, warn: fail, error: fail };
    const stderr = textSink();
    const plugin = await load<{ printer: { write(stream: string, text: string): void } }>("printer.js", {
      transport: processTransport(),
      managed: true,
      logger,
      stderr: stderr.stream,
    });
    await plugin.components.printer.write("stderr", "a line\n");
    await stderr.has("a line");
    await cleanupClients();
    expect(await plugin.exited).toMatchObject({ how: "killed", forced: false });
    await until("a warning", () => warnings.length > 0);
    expect(warnings.map(({ code }) => code)).toEqual(["ERR_OPTION"]);
    expect(warnings[0]?.message).toContain("A logger threw in debug(): no log today");
  });
});
