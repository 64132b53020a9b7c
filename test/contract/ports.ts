import { PluginClient, packerHandshake } from "portcall";
import { describe, expect, it } from "vitest";
import { keepStderr, launch } from "../support/launch.js";
import { client, fixture, load, type MakeTransport, rejection } from "../support/load.js";
import { announcedPort, firstLine, freePorts, watched } from "../support/watch.js";

const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;

/** The environment of a plugin that is invited to these ports; one that is left out is unset. */
function invited(min?: string, max?: string): Record<string, string> {
  return {
    [cookieKey]: cookieValue,
    ...(min === undefined ? {} : { [minPortKey]: min }),
    ...(max === undefined ? {} : { [maxPortKey]: max }),
  };
}

/** What every transport promises of the port range. */
export function portsContract(transport: MakeTransport): void {
  /** Launches a plugin that waits for its host, and reads which port it announces. */
  const occupy = async (min: number, max: number): Promise<number> => {
    const running = launch(transport(), "greeter.js", { env: invited(String(min), String(max)) });
    return announcedPort(await firstLine(running));
  };

  describe("a plugin's port range", () => {
    const refused: [string, Record<string, string>, string][] = [
      ["no ports", invited(), `${minPortKey} is no port: parsing "": invalid syntax`],
      ["no highest port", invited("10000"), `${maxPortKey} is no port: parsing "": invalid syntax`],
      ["no lowest port", invited(undefined, "1"), `${minPortKey} is no port: parsing "": invalid syntax`],
      ["an empty port", invited("", "1"), `${minPortKey} is no port: parsing "": invalid syntax`],
      ["a word", invited("abc", "1"), `${minPortKey} is no port: parsing "abc": invalid syntax`],
      ["a space", invited(" 1000", "1"), `${minPortKey} is no port: parsing " 1000": invalid syntax`],
      [
        "more than 32 bits",
        invited("1", "99999999999"),
        `${maxPortKey} is no port: parsing "99999999999": value out of range`,
      ],
      ["two wrong ones", invited("abc", "def"), `${minPortKey} is no port: parsing "abc"`],
      ["a negative one", invited("-3", "1"), `${minPortKey} is no port: -3 is out of range`],
      ["one above all ports", invited("1", "65536"), `${maxPortKey} is no port: 65536 is out of range`],
      [
        "an empty range",
        invited("10001", "10000"),
        `the port range 10001 to 10000 is empty: ${minPortKey} is above ${maxPortKey}`,
      ],
    ];
    it.each(refused)(
      "is refused with %s: ERR_PORT_RANGE, status 1, no stack",
      async (_what, env, message) => {
        const running = launch(transport(), "greeter.js", { env });
        running.stdout.resume();
        const stderr = keepStderr(running);
        expect(await running.exited).toEqual({ how: "exited", code: 1 });
        const lines = stderr().trimEnd().split("\n");
        expect(lines).toHaveLength(2);
        expect(lines[1]).toContain(`[ERR_PORT_RANGE] ${message}`);
      },
    );

    it("may be written with a plus sign, as the original reads it", async () => {
      const port = await freePorts(1);
      const running = launch(transport(), "greeter.js", { env: invited(`+${port}`, String(port)) });
      expect(announcedPort(await firstLine(running))).toBe(port);
    });

    it("may hold one port", async () => {
      const port = await freePorts(1);
      const plugin = await load("greeter.js", { transport: transport(), minPort: port, maxPort: port });
      expect(await plugin.start()).toBe(`127.0.0.1:${port}`);
    });

    it("is searched upwards: the first free port is announced", async () => {
      const first = await freePorts(4);
      expect(await occupy(first + 1, first + 1)).toBe(first + 1);
      expect(await occupy(first, first + 3)).toBe(first);
      expect(await occupy(first, first + 3)).toBe(first + 2);
      const plugin = await load("greeter.js", { transport: transport(), minPort: first, maxPort: first + 3 });
      expect(await plugin.start()).toBe(`127.0.0.1:${first + 3}`);
    });

    it("is free again when the plugin has connected, and when it has ended", async () => {
      const port = await freePorts(1);
      const range = { minPort: port, maxPort: port };
      const plugin = await load("greeter.js", { transport: transport(), ...range });
      const second = await load("greeter.js", { transport: transport(), ...range });
      await Promise.all([plugin.kill(), second.kill()]);
      expect(await occupy(port, port)).toBe(port);
    });

    it("serves two plugins that are started at once with the same range", async () => {
      const first = await freePorts(2);
      const range = { minPort: first, maxPort: first + 1 };
      const addresses = await Promise.all(
        [1, 2].map(async () => (await load("greeter.js", { transport: transport(), ...range })).start()),
      );
      const possible = [`127.0.0.1:${first}`, `127.0.0.1:${first + 1}`];
      for (const address of addresses) expect(possible).toContain(address);
    });

    it("that is taken fails the start with ERR_EXITED_BEFORE_ANNOUNCE, caused by ERR_NO_FREE_PORT, and names the range", async () => {
      const first = await freePorts(2);
      await occupy(first, first + 1);
      await occupy(first, first + 1);
      const plugin = client("greeter.js", { transport: transport(), minPort: first, maxPort: first + 1 });
      const error = await rejection(plugin.start());
      expect(error).toMatchObject({
        code: "ERR_EXITED_BEFORE_ANNOUNCE",
        cause: { name: "PluginError", code: "ERR_NO_FREE_PORT" },
      });
      expect(error.message).toContain(
        `No free port: none of the ports ${first} to ${first + 1} is free on 127.0.0.1.`,
      );
      expect(await plugin.exited).toMatchObject({ how: "exited", code: 1 });
    });

    it("of one that is taken rejects createServer() with ERR_NO_FREE_PORT, and names the port", async () => {
      const port = await freePorts(1);
      await occupy(port, port);
      const running = launch(transport(), "waits.js", { env: invited(String(port), String(port)) });
      const stderr = keepStderr(running);
      expect(await running.exited).toEqual({ how: "exited", code: 4 });
      expect(stderr()).toContain("createServer rejected with PluginError ERR_NO_FREE_PORT: ");
      expect(stderr()).toContain(`port ${port} is not free`);
    });

    it("that reaches beyond the last port is refused, not searched", async () => {
      const running = launch(transport(), "waits.js", { env: invited("65535", "65536") });
      const stderr = keepStderr(running);
      await running.exited;
      expect(stderr()).toContain("createServer rejected with PluginError ERR_PORT_RANGE: ");
    });

    it("of 0 is any free port, and the real one is announced", async () => {
      const plugin = await load("greeter.js", { transport: transport(), minPort: 0, maxPort: 0 });
      const other = await load("greeter.js", { transport: transport(), minPort: 0, maxPort: 0 });
      const ports = [await plugin.start(), await other.start()].map((address) =>
        Number(address.split(":")[1]),
      );
      expect(Math.min(...ports)).toBeGreaterThan(1_023);
    });
  });

  describe("a host's port range", () => {
    it.each([
      [-1, 10],
      [10, 65_536],
      [1.5, 10],
      [10_001, 10_000],
      [Number.POSITIVE_INFINITY, 10],
    ])("from %d to %d is refused with ERR_PORT_RANGE before anything starts", async (minPort, maxPort) => {
      const watch = watched(transport());
      expect(() => new PluginClient(fixture("greeter.js"), { transport: watch, minPort, maxPort })).toThrow(
        expect.objectContaining({ code: "ERR_PORT_RANGE" }),
      );
      expect(watch.requests).toEqual([]);
    });

    it("is 10000 to 25000 where nobody names it", async () => {
      const watch = watched(transport());
      const plugin = await load("greeter.js", { transport: watch });
      expect(watch.requests[0]?.env).toMatchObject({ [minPortKey]: "10000", [maxPortKey]: "25000" });
      expect(Number((await plugin.start()).split(":")[1])).toBeGreaterThanOrEqual(10_000);
    });
  });
}
