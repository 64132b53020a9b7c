import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { packerHandshake } from "../../handshake/definition.js";
import { PluginClient } from "../../host/client.js";
import type { PluginOptions } from "../../host/options.js";
import { within } from "../../transports/ending.js";
import type { HandshakeTransport, LaunchRequest, RunningPlugin } from "../../transports/transport.js";

/** What a test may take, on a machine that has other things to do. */
const testMs = 20_000;

/** Makes the transport that is judged; asked for one before each test. */
export type MakeTransport = () => HandshakeTransport;

/** The plugin of src/testing/plugins/serves.ts. */
export interface Serves {
  values: {
    echo<T>(value: T): Promise<T>;
    fail(message: string): never;
    sum(numbers: () => number, times: number): Promise<number>;
    count(most: number): AsyncIterable<number>;
    untilAborted(): Promise<never>;
  };
  surroundings: {
    env(): Record<string, string>;
    setEnv(name: string, value: string): void;
    argv(): string[];
    execArgv(): string[];
    cwd(): string;
    stdin(): Promise<string>;
    interrupts(): number;
    startChild(port: number): void;
  };
  output: { write(lines: number): void };
  ends: {
    never(): Promise<never>;
    exit(code: number): never;
    throwLater(message: string): void;
    spin(): never;
    fillMemory(): never;
  };
}

/** The plugins that come with the suite. */
export type PluginName = "serves" | "prints" | "exits" | "waits";

/** A client for a plugin of the suite, which is killed when the test is over. */
export async function withClient(
  name: PluginName,
  options: PluginOptions,
  test: (client: PluginClient<Serves>) => Promise<void>,
): Promise<void> {
  const client = new PluginClient<Serves>(pluginFile(name), options);
  try {
    await inTime(test(client));
  } finally {
    await client.kill();
  }
}

/** A plugin of the suite that is launched with no host, and stopped when the test is over. */
export async function withRunning(
  transport: HandshakeTransport,
  name: PluginName,
  request: Partial<LaunchRequest>,
  test: (running: RunningPlugin) => Promise<void>,
): Promise<void> {
  const running = transport.launch(launchRequest(pluginFile(name), request));
  try {
    await inTime(test(running));
  } finally {
    await running.stop(0);
  }
}

/** What a host asks of a transport for a plugin that it invites to any port, and nothing else. */
export function launchRequest(plugin: URL, request: Partial<LaunchRequest>): LaunchRequest {
  const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;
  return {
    target: { kind: "module", path: fileURLToPath(plugin) },
    args: [],
    env: { [cookieKey]: cookieValue, [minPortKey]: "0", [maxPortKey]: "0" },
    execArgv: [],
    cwd: undefined,
    stdin: "ignore",
    limits: {},
    debug: false,
    ...request,
  };
}

/** What a promise rejects with. Rejects where it resolves. */
export async function failureOf(promise: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  const failure = await promise.then(
    () => undefined,
    (error) => ({ error }),
  );
  if (failure === undefined) throw new Error("the promise resolved where it should have rejected");
  return failure.error;
}

/** A sink that keeps text, and tells when it has it. */
export interface TextSink extends Writable {
  text(): string;
  /** Resolves when the text stands in it. */
  has(text: string): Promise<void>;
}

export function textSink(): TextSink {
  let text = "";
  let check = () => {};
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      check();
      done();
    },
  });
  const has = (wanted: string) =>
    new Promise<void>((resolve) => {
      check = () => {
        if (text.includes(wanted)) resolve();
      };
      check();
    });
  return Object.assign(sink, { text: () => text, has });
}

/** Bounds a test, for not every runner does: a transport that forgets something must not hang its suite. */
async function inTime(test: Promise<void>): Promise<void> {
  if (!(await within(testMs, test))) throw new Error(`the test did not end within ${testMs} ms`);
}

function pluginFile(name: PluginName): URL {
  return new URL(`../plugins/${name}.js`, import.meta.url);
}
