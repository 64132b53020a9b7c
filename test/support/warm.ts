import {
  type PluginClient,
  type PluginOptions,
  type WarmTransport,
  warmProcessTransport,
  warmThreadTransport,
} from "portcall";
import { expect, onTestFinished } from "vitest";
import { client } from "./load.js";

/** Each warm transport with what makes it. */
export const warmTransports: readonly [name: string, make: typeof warmThreadTransport][] = [
  ["warm thread", warmThreadTransport],
  ["warm process", warmProcessTransport],
];

/** A transport with some spares, which is gone when the test is over. */
export function warmTransport(make: typeof warmThreadTransport, spares = 2): WarmTransport {
  const transport = make({ spares });
  onTestFinished(() => transport[Symbol.asyncDispose]());
  return transport;
}

/** A client whose plugin will run on a spare, with these options. */
export async function clientOfSpare<C>(
  name: string,
  transport: WarmTransport,
  options: PluginOptions = {},
): Promise<PluginClient<C>> {
  const like = client("greeter.js", { ...options, transport, args: [] });
  await like.start();
  await like.kill();
  await transport.ready();
  const { warm } = transport.stats();
  const plugin = client<C>(name, { ...options, transport });
  onTestFinished(() => expect(transport.stats().warm).toBeGreaterThan(warm));
  return plugin;
}
