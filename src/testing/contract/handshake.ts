import { packerHandshake } from "../../handshake/definition.js";
import type { FullRunner } from "../runner.js";
import { failureOf, type MakeTransport, withClient, withRunning } from "./support.js";

/** From the launch to a session. */
export function handshakeContract(transport: MakeTransport, { describe, it, expect }: FullRunner): void {
  describe("the handshake", () => {
    it("ends in a session on the address that the plugin announced", () =>
      withClient("serves", { transport: transport() }, async (client) => {
        const address = await client.start();
        expect(address).toMatch(/^(127\.0\.0\.1|\[::1\]|localhost):\d+$/);
        const { address: described, id } = await client.describe();
        expect(described).toBe(address);
        expect(id === "").toBe(false);
        expect(await client.components.values.echo("Ada")).toBe("Ada");
      }));

    it("gives plugins that run at the same time ports of their own, from the range", () =>
      withClient("serves", { transport: transport(), minPort: 20_000, maxPort: 20_099 }, (first) =>
        withClient("serves", { transport: transport(), minPort: 20_000, maxPort: 20_099 }, async (second) => {
          const [one, other] = await Promise.all([first.start(), second.start()]);
          for (const address of [one, other]) expect(address).toMatch(/:200\d\d$/);
          expect(await first.components.values.echo(1)).toBe(1);
          expect(await second.components.values.echo(2)).toBe(2);
        }),
      ));

    it("does not begin without the cookie: a sentence on stderr, status 1", () =>
      withRunning(transport(), "serves", { env: {} }, async ({ stdout, stderr, exited }) => {
        let text = "";
        stdout.resume();
        stderr.on("data", (chunk) => {
          text += chunk;
        });
        const exit = await exited;
        expect(exit).toEqual({ how: "exited", code: 1 });
        expect(text).toMatch(
          /Please do not execute plugins directly\. Packer will execute these for you\.\n/,
        );
      }));

    it("writes the announcement to stdout, as a line", () =>
      withRunning(transport(), "serves", {}, async ({ stdout, stderr }) => {
        stderr.resume();
        let text = "";
        for await (const chunk of stdout) {
          text += chunk;
          if (text.includes("\n")) break;
        }
        expect(text).toMatch(new RegExp(`^${packerHandshake.apiVersion}\\|127\\.0\\.0\\.1:\\d+\n$`));
      }));

    it("fails where the first line is no announcement, and ends the plugin", () =>
      withClient("prints", { transport: transport() }, async (client) => {
        const error = await failureOf(client.start());
        expect(error.code).toBe("ERR_ANNOUNCEMENT");
        expect(error.message).toMatch(/Unrecognized remote plugin message: "?Listening on port 8080/);
        expect(client.hasExited).toBe(true);
      }));

    it("fails where the plugin ends first, with its exit and what it wrote to stderr", () =>
      withClient("exits", { transport: transport() }, async (client) => {
        const error = await failureOf(client.start());
        expect(error.code).toBe("ERR_EXITED_BEFORE_ANNOUNCE");
        expect(error.exit).toEqual({ how: "exited", code: 7, stderrTail: "nothing to do\n" });
      }));

    it("fails where nothing is announced in time, and ends the plugin", () =>
      withClient("waits", { transport: transport(), startTimeoutMs: 500 }, async (client) => {
        expect((await failureOf(client.start())).code).toBe("ERR_START_TIMEOUT");
        expect(client.hasExited).toBe(true);
      }));

    it("cannot be had where nobody listens", () =>
      withRunning(transport(), "waits", {}, async ({ connect, stdout, stderr }) => {
        stdout.resume();
        stderr.resume();
        const nowhere = { text: "127.0.0.1:9", host: "127.0.0.1", port: 9 };
        expect((await failureOf(connect(nowhere))).code).toBe("ERR_CONNECT");
      }));
  });
}
