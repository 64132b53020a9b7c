import { defineHandshake, packerHandshake } from "portcall";
import { describe, expect, it } from "vitest";
import { keepStderr, launch } from "../support/launch.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { keepingSink } from "../support/streams.js";
import { firstLine } from "../support/watch.js";

interface Seen {
  seen: { env(): Record<string, string>; plugin(): [packers: boolean, own: boolean] };
}

const sentence = "Please do not execute plugins directly. Packer will execute these for you.";
/** A line of the plugin's own log begins as Go's do. */
const time = "\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d";

const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;

/** The handshake of test/fixtures/plugins/own-handshake.js. */
const greenhouse = defineHandshake({
  cookieKey: "GREENHOUSE_COOKIE",
  cookieValue: "tomato = red",
  apiVersion: "v2 beta",
  minPortKey: "GREENHOUSE_FROM",
  maxPortKey: "GREENHOUSE_TO",
  hostName: "The greenhouse",
});

/** What every transport promises of the cookie, the log and the definition. */
export function handshakeContract(transport: MakeTransport): void {
  describe("the cookie", () => {
    const ports = { [minPortKey]: "0", [maxPortKey]: "0" };
    const cookies: [string, Record<string, string>][] = [
      ["no cookie", {}],
      ["an empty cookie", { [cookieKey]: "" }],
      ["a wrong cookie", { [cookieKey]: `${cookieValue.slice(0, -1)}3` }],
      ["a cookie with a space behind it", { [cookieKey]: `${cookieValue} ` }],
    ];

    it.each(cookies)(
      "ends a plugin with %s: the original's sentence, status 1, no stack",
      async (_what, cookie) => {
        const running = launch(transport(), "greeter.js", { env: { ...ports, ...cookie } });
        const stdout = keepingSink();
        running.stdout.pipe(stdout);
        const stderr = keepStderr(running);
        expect(await running.exited).toEqual({ how: "exited", code: 1 });
        expect(stdout.text()).toBe("");
        expect(stderr()).toMatch(
          new RegExp(`^${time} Plugin build against portcall '[^']+'\n${sentence}\n$`),
        );
      },
    );

    it("is looked at before the ports are", async () => {
      const env = { [cookieKey]: "wrong", [minPortKey]: "abc", [maxPortKey]: "-3" };
      const running = launch(transport(), "greeter.js", { env });
      const stderr = keepStderr(running);
      await running.exited;
      expect(stderr()).toContain(sentence);
      expect(stderr()).not.toContain("ERR_PORT_RANGE");
    });

    it("of another host fails the start with the exit code and the plugin's sentence in the error", async () => {
      const handshake = defineHandshake({ ...packerHandshake, cookieValue: "another" });
      const plugin = client("greeter.js", { transport: transport(), handshake });
      const error = await rejection(plugin.start());
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_EXITED_BEFORE_ANNOUNCE" });
      expect(error.message).toMatch(/^plugin exited before we could connect: /);
      expect(error.message).toContain("greeter.js");
      expect(error.message).toContain("exit code 1");
      expect(error.message).toContain(`  | ${sentence}`);
      expect(error).toHaveProperty("exit", await plugin.exited);
      expect(await plugin.exited).toMatchObject({ how: "exited", code: 1 });
    });

    it("under another name is no cookie", async () => {
      const handshake = defineHandshake({ ...packerHandshake, cookieKey: "OTHER_COOKIE" });
      const plugin = client("greeter.js", { transport: transport(), handshake });
      expect(await rejection(plugin.start())).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
    });

    it("that is wrong rejects createServer() with ERR_COOKIE, and the plugin goes on as it likes", async () => {
      const running = launch(transport(), "waits.js", { env: { ...ports } });
      const stderr = keepStderr(running);
      expect(await running.exited).toEqual({ how: "exited", code: 4 });
      expect(stderr()).toContain(`createServer rejected with PluginError ERR_COOKIE: ${sentence}\n`);
    });
  });

  describe("the log of a plugin", () => {
    it("has the original's lines in the original's order", async () => {
      const stderr = keepingSink();
      const plugin = await load("greeter.js", { transport: transport(), stderr, minPort: 0, maxPort: 0 });
      const address = await plugin.start();
      await plugin.kill();
      const lines = [
        `Plugin build against portcall '[^']+'`,
        "Plugin minimum port: 0",
        "Plugin maximum port: 0",
        `Plugin address: ${address}`,
        "Waiting for connection...",
        "Serving a plugin connection...",
      ];
      expect(stderr.text()).toMatch(new RegExp(`^${lines.map((line) => `${time} ${line}\n`).join("")}$`));
    });
  });

  describe("a handshake of one's own", () => {
    it("works under its own names, and leaves Packer's unused", async () => {
      const plugin = await load<Seen>("own-handshake.js", { transport: transport(), handshake: greenhouse });
      const env = await plugin.components.seen.env();
      expect(env).toMatchObject({
        GREENHOUSE_COOKIE: "tomato = red",
        GREENHOUSE_FROM: "10000",
        GREENHOUSE_TO: "25000",
      });
      expect(env).not.toHaveProperty(cookieKey);
      expect(await plugin.components.seen.plugin()).toEqual([false, true]);
    });

    it("announces its own version", async () => {
      const { cookieKey: key, cookieValue: value, minPortKey: min, maxPortKey: max } = greenhouse;
      const env = { [key]: value, [min]: "0", [max]: "0" };
      const line = await firstLine(launch(transport(), "own-handshake.js", { env }));
      expect(line).toMatch(/^v2 beta\|127\.0\.0\.1:\d+$/);
    });

    it("of another version fails the start and names both versions", async () => {
      const handshake = defineHandshake({ ...greenhouse, apiVersion: "v3" });
      const plugin = client("own-handshake.js", { transport: transport(), handshake });
      const error = await rejection(plugin.start());
      expect(error).toMatchObject({ code: "ERR_API_VERSION" });
      expect(error.message).toContain(
        "Incompatible API version with plugin. Plugin version: v2 beta, Ours: v3.",
      );
      expect(error.message).toContain("own-handshake.js");
      expect(plugin.hasExited).toBe(true);
    });

    it("names its own host to a plugin that was not invited", async () => {
      const running = launch(transport(), "own-handshake.js");
      const stderr = keepStderr(running);
      expect(await running.exited).toEqual({ how: "exited", code: 1 });
      expect(stderr()).toContain(
        "\nPlease do not execute plugins directly. The greenhouse will execute these for you.\n",
      );
    });

    it("without authentication connects host and plugin with no word between them", async () => {
      const handshake = defineHandshake({ ...packerHandshake, authentication: "none" });
      const plugin = await load<{ greeter: { greet(name: string): string } }>("unproven.js", {
        transport: transport(),
        handshake,
      });
      expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
    });
  });
}
