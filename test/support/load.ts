import { type HandshakeTransport, PluginClient, type PluginOptions } from "portcall";
import { onTestFinished } from "vitest";

/** Makes a fresh transport for a test. */
export type MakeTransport = () => HandshakeTransport;

/** A plugin of test/fixtures/plugins. */
export function fixture(name: string): URL {
  return new URL(`../fixtures/plugins/${name}`, import.meta.url);
}

/** Loads a fixture, and kills it when the test is over. */
export async function load<C = Record<string, Record<string, (...args: unknown[]) => unknown>>>(
  name: string,
  options: PluginOptions,
): Promise<PluginClient<C>> {
  const plugin = client<C>(name, options);
  await plugin.start();
  return plugin;
}

/** A client for a fixture that is not started yet; it is killed when the test is over. */
export function client<C = Record<string, Record<string, (...args: unknown[]) => unknown>>>(
  name: string,
  options: PluginOptions,
): PluginClient<C> {
  const plugin = new PluginClient<C>(fixture(name), options);
  onTestFinished(async () => void (await plugin.kill()));
  return plugin;
}

/** The error a promise rejects with. Fails where it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const resolved = Symbol("resolved");
  const outcome = await promise.then(
    () => resolved,
    (error: unknown) => error,
  );
  if (outcome === resolved) throw new Error("the promise resolved where it should have rejected");
  return outcome as Error;
}
