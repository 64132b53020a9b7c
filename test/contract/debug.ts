import { type HandshakeTransport, PluginClient } from "portcall";
import { describe, expect, it } from "vitest";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { keepingLogger } from "../support/streams.js";

interface Environment {
  environment: { atStart(): Record<string, string>; now(): Record<string, string> };
}

interface Greeter {
  greeter: { greet(name: string): string; sleep(ms: number): Promise<void> };
}

const portcalls = (env: Record<string, string>) =>
  Object.keys(env).filter((name) => name === "PORTCALL_DEBUG");

/** What every transport promises of `debug: true`. */
export function debugContract(transport: MakeTransport): void {
  describe("a plugin with debug: true", () => {
    it("has an inspector of its own, whose address it tells before anything else", async () => {
      const urls: URL[] = [];
      for (const name of ["greeter.js", "environment.js"]) {
        const logger = keepingLogger();
        const plugin = await load(name, {
          transport: transport(),
          logger,
          debug: true,
          killGraceMs: 30_000,
        });
        const [first = ""] = logger.messages("info");
        const [, address = ""] = /: Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/\S+)$/.exec(first) ?? [];
        urls.push(new URL(address));
        const targets = (await (await fetch(`http://${urls.at(-1)?.host}/json/list`)).json()) as object[];
        expect(targets).toEqual([expect.objectContaining({ webSocketDebuggerUrl: address })]);
        expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
      }
      expect(urls[0]?.port).not.toBe(urls[1]?.port);
    });

    it("may take as long as it likes to start and to answer", async () => {
      const options = { transport: transport(), debug: true, startTimeoutMs: 1, callTimeoutMs: 20 };
      const plugin = await load<Greeter>("greeter.js", options);
      await plugin.components.greeter.sleep(200);
      await plugin.with({ timeoutMs: 20 }).greeter.sleep(200);
    });

    it("waits longer than its acceptTimeoutMs for its host", async () => {
      const plugin = await load("waits-briefly.js", { transport: hesitant(transport(), 600), debug: true });
      expect(plugin.hasExited).toBe(false);
    });

    it("finds nothing of it in its environment once it serves", async () => {
      const plugin = await load<Environment>("environment.js", { transport: transport(), debug: true });
      expect(portcalls(await plugin.components.environment.atStart())).toEqual(["PORTCALL_DEBUG"]);
      expect(portcalls(await plugin.components.environment.now())).toEqual([]);
    });

    it("is held to its time-outs again without it", async () => {
      const strict = { transport: transport(), debug: false };
      expect(await rejection(client("greeter.js", { ...strict, startTimeoutMs: 1 }).start())).toMatchObject({
        code: "ERR_START_TIMEOUT",
      });
      const plugin = await load<Greeter>("greeter.js", { ...strict, callTimeoutMs: 20 });
      expect(await rejection(plugin.components.greeter.sleep(60_000))).toMatchObject({
        code: "ERR_CALL_TIMEOUT",
      });
    });

    it("cannot be any executable: ERR_OPTION", async () => {
      const plugin = new PluginClient({ command: process.execPath }, { transport: transport(), debug: true });
      expect(await rejection(plugin.start())).toMatchObject({ name: "PluginError", code: "ERR_OPTION" });
      expect(await plugin.exited).toMatchObject({ how: "never-started" });
    });
  });
}

/** A transport whose host takes its time to connect. */
function hesitant(inner: HandshakeTransport, ms: number): HandshakeTransport {
  return {
    name: inner.name,
    launch: (request) => {
      const running = inner.launch(request);
      const { connect } = running;
      return Object.assign(running, {
        connect: async (address: Parameters<typeof connect>[0]) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          return connect(address);
        },
      });
    },
  };
}
