import { Writable } from "node:stream";
import type { PluginLogger } from "portcall";

/** A sink that keeps what it is given. */
export interface KeepingSink extends Writable {
  bytes(): Buffer;
  text(): string;
}

export function keepingSink(): KeepingSink {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return Object.assign(sink, { bytes, text: () => bytes().toString() });
}

export interface KeptLine {
  readonly level: keyof PluginLogger;
  readonly message: string;
}

/** A logger that keeps its lines. */
export interface KeepingLogger extends PluginLogger {
  readonly lines: readonly KeptLine[];
  messages(level: keyof PluginLogger): string[];
}

export function keepingLogger(): KeepingLogger {
  const lines: KeptLine[] = [];
  const keep = (level: keyof PluginLogger) => (message: string) => void lines.push({ level, message });
  return {
    lines,
    messages: (level) => lines.filter((line) => line.level === level).map(({ message }) => message),
    debug: keep("debug"),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
  };
}
