import { type HandshakeTransport, PluginClient, type PluginOptions } from "portcall";
import { afterAll, onTestFinished } from "vitest";

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

/**
 * Loads a plugin for one test after another, as long as they leave it as it was: alive, and with nothing under way.
 * Each test holds its plugin alone. One is kept for each set of options, which are plain data.
 */
export function reusing<C>(name: string | (() => string), transport: MakeTransport) {
  const kept = new Map<string, PluginClient<C>[]>();
  afterAll(() => Promise.all([...kept.values()].flat().map((plugin) => plugin.kill())));
  return async (options: PluginOptions = {}): Promise<PluginClient<C>> => {
    const idle = kept.get(JSON.stringify(options)) ?? [];
    kept.set(JSON.stringify(options), idle);
    const file = typeof name === "string" ? fixture(name) : name();
    const plugin = idle.pop() ?? new PluginClient<C>(file, { transport: transport(), ...options });
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "pass" && isIdle(plugin)) idle.push(plugin);
      else await plugin.kill();
    });
    await plugin.start();
    return plugin;
  };
}

function isIdle(plugin: Pick<PluginClient, "diagnostics" | "hasExited">): boolean {
  const { callsInFlight, liveChannels } = plugin.diagnostics();
  return !plugin.hasExited && callsInFlight + liveChannels === 0;
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
