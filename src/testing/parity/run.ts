import { Writable } from "node:stream";
import { PluginClient } from "../../host/client.js";
import type { PluginOptions } from "../../host/options.js";
import type { PluginCommand } from "../../host/plugin-target.js";
import type { PluginExit } from "../../transports/transport.js";
import type { ParityTransport } from "./transports.js";

/** What came of an exercise on one transport, unmasked. */
export interface ParityRun {
  readonly transport: ParityTransport;
  /** `pid 4711` or `thread 3`; unset where it did not start. */
  readonly id: string | undefined;
  readonly outcome: ParityOutcome;
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: PluginExit;
  /** The ports of this machine and the time, in milliseconds, which the comparison takes no notice of. */
  readonly port: number | undefined;
  readonly began: number;
  readonly ended: number;
}

export type ParityOutcome =
  | { readonly how: "returned"; readonly result: unknown }
  | { readonly how: "threw"; readonly error: unknown };

/** Starts the plugin, gives it to the exercise, and kills it, whatever happens. Never rejects for what they do. */
export async function runExercise<C>(
  transport: ParityTransport,
  plugin: string | URL | PluginCommand,
  exercise: (plugin: PluginClient<C>) => unknown,
  options: PluginOptions,
): Promise<ParityRun> {
  const [stdout, stderr] = [textSink(), textSink()];
  const client = new PluginClient<C>(plugin, { ...options, stdout: stdout.sink, stderr: stderr.sink });
  const began = Date.now();
  let [id, port]: [string?, number?] = [];
  let outcome: ParityOutcome;
  try {
    const address = await client.start();
    port = Number(address.slice(address.lastIndexOf(":") + 1));
    ({ id } = await client.describe());
    outcome = { how: "returned", result: await exercise(client) };
  } catch (error) {
    outcome = { how: "threw", error };
  } finally {
    await client.kill();
  }
  const exit = await client.exited;
  const texts = { stdout: stdout.text(), stderr: stderr.text() };
  return { transport, id, outcome, ...texts, exit, port, began, ended: Date.now() };
}

function textSink(): { readonly sink: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { sink, text: () => Buffer.concat(chunks).toString() };
}
