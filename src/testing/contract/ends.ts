import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { PluginClient } from "../../host/client.js";
import type { PluginExit } from "../../transports/transport.js";
import type { FullRunner } from "../runner.js";
import { failureOf, type MakeTransport, type Serves, textSink, withClient } from "./support.js";

/** How a plugin ends, and what it leaves. */
export function endsContract(transport: MakeTransport, { describe, it, expect }: FullRunner): void {
  /** Ends a plugin with a call in flight, which must be told how. */
  const endOf = async (
    client: PluginClient<Serves>,
    bringAbout: (ends: PluginClient<Serves>["components"]["ends"]) => Promise<unknown>,
  ): Promise<PluginExit> => {
    await client.start();
    const inFlight = failureOf(client.components.ends.never());
    await bringAbout(client.components.ends).catch(() => {});
    const exit = await client.exited;
    for (const error of [await inFlight, await failureOf(client.components.values.echo(1))]) {
      expect(error.code).toBe("ERR_PLUGIN_EXITED");
      expect((error.exit as PluginExit).how).toBe(exit.how);
    }
    return exit;
  };

  describe("the end of a plugin", () => {
    it("by process.exit() is told with its code", () =>
      withClient("serves", { transport: transport() }, async (client) => {
        expect(await endOf(client, (ends) => ends.exit(3))).toMatchObject({ how: "exited", code: 3 });
      }));

    it("by an error that nobody catches is told with that error", () =>
      withClient("serves", { transport: transport() }, async (client) => {
        const exit = await endOf(client, (ends) => ends.throwLater("too late"));
        expect(exit.how).toBe("crashed");
        const { name, message } = (exit as { error: Error }).error;
        expect([name, message]).toEqual(["TypeError", "too late"]);
        expect(exit.stderrTail).toMatch(/TypeError: too late\n/);
      }));

    it("by kill() lets it shut down", () => {
      const stderr = textSink();
      return withClient("serves", { transport: transport(), stderr, killGraceMs: 10_000 }, async (client) => {
        const exit = await endOf(client, () => client.kill());
        expect(exit).toMatchObject({ how: "killed", forced: false });
        expect(stderr.text()).toMatch(/shut down\n/);
      });
    });

    it("by kill() is forced on a plugin that hears nothing", () => {
      const stderr = textSink();
      return withClient("serves", { transport: transport(), stderr, killGraceMs: 50 }, async (client) => {
        const spinning = failureOf(client.components.ends.spin());
        await stderr.has("spinning");
        expect(await client.kill()).toMatchObject({ how: "killed", forced: true });
        expect((await spinning).code).toBe("ERR_PLUGIN_EXITED");
      });
    });

    it("by kill() comes before it has started as well as twice", () =>
      withClient("waits", { transport: transport(), killGraceMs: 0 }, async (client) => {
        const started = failureOf(client.start());
        const exits = await Promise.all([client.kill(), client.kill()]);
        expect(exits[0]).toBe(exits[1]);
        expect((await started).code).toBe("ERR_PLUGIN_EXITED");
      }));

    it("is the end of the processes that it has started", () =>
      withClient("serves", { transport: transport() }, async (client) => {
        const server = createServer().listen(0, "127.0.0.1");
        try {
          await once(server, "listening");
          const connection = once(server, "connection");
          await client.components.surroundings.startChild((server.address() as AddressInfo).port);
          const [child] = (await connection) as [Socket];
          const gone = once(child.on("error", () => {}).resume(), "close");
          await client.kill();
          await gone;
        } finally {
          server.close();
        }
      }));
  });
}
