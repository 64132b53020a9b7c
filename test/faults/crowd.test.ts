import { PluginClient, processTransport, threadTransport } from "portcall";
import { expect, it } from "vitest";
import { fixture } from "../support/load.js";

interface Greeter {
  greeter: { greet(name: string): string };
}

it.each([
  ["process", processTransport],
  ["thread", threadTransport],
])(
  "two hundred loads at once of a plugin in a %s all answer, and all end in order",
  async (_kind, transport) => {
    const shared = { transport: transport(), startTimeoutMs: 300_000, killGraceMs: 60_000 };
    const plugins = Array.from(
      { length: 200 },
      () => new PluginClient<Greeter>(fixture("patient.js"), shared),
    );
    const answers = await Promise.all(
      plugins.map(({ components }, nth) => components.greeter.greet(String(nth))),
    );
    expect(answers).toEqual(plugins.map((_, nth) => `Hello, ${nth}!`));
    const exits = await Promise.all(plugins.map((plugin) => plugin.kill()));
    expect(new Set(exits.map(({ how }) => how))).toEqual(new Set(["killed"]));
  },
  // Two hundred starts are forty seconds of two idle CPUs, where nothing else runs.
  300_000,
);
