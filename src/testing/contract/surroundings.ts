import { Readable } from "node:stream";
import type { PluginClient } from "../../host/client.js";
import type { PluginOptions } from "../../host/options.js";
import type { FullRunner } from "../runner.js";
import { failureOf, type MakeTransport, type Serves, textSink, withClient } from "./support.js";

/** What a plugin finds around it, and what reaches it beside its calls. */
export function surroundingsContract(transport: MakeTransport, { describe, it, expect }: FullRunner): void {
  /** What was asked for is carried out, or refused by the start. */
  const carriedOut = (options: PluginOptions, test: (client: PluginClient<Serves>) => Promise<void>) =>
    withClient("serves", { transport: transport(), ...options }, async (client) => {
      const refusal = await client.start().then(
        () => undefined,
        (error) => error,
      );
      if (refusal === undefined) await test(client);
      else expect(["ERR_OPTION", "ERR_PARITY"].includes(refusal.code)).toBe(true);
    });

  describe("a plugin", () => {
    it("has the environment that it was given, and no other", () =>
      withClient(
        "serves",
        { transport: transport(), inheritEnv: false, env: { PORTCALL_CONTRACT: "a = b" } },
        async ({ components: { surroundings } }) => {
          const env = await surroundings.env();
          expect(env.PORTCALL_CONTRACT).toBe("a = b");
          expect(Object.keys(env).filter((name) => name === "HOME" || /SECRET/.test(name))).toEqual([]);
        },
      ));

    it("cannot change its host's environment", () =>
      withClient("serves", { transport: transport() }, async ({ components: { surroundings } }) => {
        await surroundings.setEnv("PORTCALL_CONTRACT_LEAK", "leaked");
        expect((await surroundings.env()).PORTCALL_CONTRACT_LEAK).toBe("leaked");
        expect(process.env.PORTCALL_CONTRACT_LEAK).toBe(undefined);
      }));

    it("has its arguments, and its host's working directory", () =>
      withClient(
        "serves",
        { transport: transport(), args: ["one", "two words", ""] },
        async ({ components: { surroundings } }) => {
          expect(await surroundings.argv()).toEqual(["one", "two words", ""]);
          expect(await surroundings.cwd()).toBe(process.cwd());
        },
      ));

    it("has the flags that it was given, or does not start", () =>
      carriedOut({ execArgv: ["--no-deprecation"] }, async ({ components: { surroundings } }) => {
        expect((await surroundings.execArgv()).includes("--no-deprecation")).toBe(true);
      }));

    it("reads its stdin to the end, or does not start", () =>
      carriedOut(
        { stdin: Readable.from(["to ", "the ", "end"]) },
        async ({ components: { surroundings } }) => {
          expect(await surroundings.stdin()).toBe("to the end");
        },
      ));

    it("has no more memory than it was given, or does not start", () =>
      carriedOut({ limits: { memoryMb: 32 } }, async (client) => {
        const error = await failureOf(client.components.ends.fillMemory());
        expect(error.code).toBe("ERR_PLUGIN_EXITED");
        expect((await client.exited).how).toBe("out-of-memory");
      }));

    it("that serves counts interrupts, and goes on", () =>
      withClient("serves", { transport: transport() }, async (client) => {
        await client.start();
        client.interrupt();
        client.interrupt();
        while ((await client.components.surroundings.interrupts()) < 2);
        expect(await client.components.surroundings.interrupts()).toBe(2);
      }));

    it("that does not serve is ended by an interrupt", () => {
      const stderr = textSink();
      return withClient("waits", { transport: transport(), stderr }, async (client) => {
        const started = failureOf(client.start());
        await stderr.has("waiting");
        client.interrupt();
        const exit = await client.exited;
        expect([exit.how, (exit as { signal?: string }).signal]).toEqual(["signalled", "SIGINT"]);
        expect((await started).code).toBe("ERR_EXITED_BEFORE_ANNOUNCE");
      });
    });
  });
}
