import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { PluginLogger } from "./options.js";

/** Bytes of stderr that are kept for errors. */
const tailBytes = 4_096;
/** Bytes that wait for a slow sink; what comes beyond is dropped, for the plugin must never block. */
const mostWaitingBytes = 64 * 1024 * 1024;
/** A log line is cut here. In characters. */
const longestLine = 65_536;

/** What a plugin's first line turned out to be. */
export type FirstLine = { readonly line: string } | { readonly without: "end" | "newline" };

/**
 * Reads stdout for ever, so that the plugin never blocks on it: the first line is the announcement's, the rest goes to
 * the sink.
 */
export function readStdout(
  stdout: Readable,
  toSink: (chunk: Buffer) => void,
  longest: number,
): Promise<FirstLine> {
  return new Promise((resolve) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    stdout.on("data", (chunk: Buffer) => {
      if (head === undefined) {
        toSink(chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const newline = head.indexOf(10);
      if (newline >= 0) {
        resolve({ line: head.toString("utf8", 0, newline) });
        if (newline + 1 < head.length) toSink(head.subarray(newline + 1));
        head = undefined;
      } else if (head.length > longest) {
        resolve({ without: "newline" });
        head = undefined;
      }
    });
    stdout.once("close", () => resolve({ without: "end" }));
    stdout.once("end", () => resolve({ without: "end" }));
    stdout.once("error", () => resolve({ without: "end" }));
  });
}

/** Reads stderr for ever: raw to the sink, line by line to the logger, and keeps its tail. */
export function readStderr(
  stderr: Readable,
  toSink: (chunk: Buffer) => void,
  onLine: (line: string) => void,
): () => string {
  const lines = lineSplitter(onLine);
  let tail: Buffer = Buffer.alloc(0);
  stderr.on("data", (chunk: Buffer) => {
    toSink(chunk);
    lines.push(chunk);
    tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
  });
  stderr.once("error", lines.end);
  stderr.once("close", lines.end);
  stderr.once("end", lines.end);
  return () => tail.toString();
}

/** Cuts bytes into lines without their trailing white space. The last one need not be terminated. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) onLine(line.trimEnd());
    if (rest.length > longestLine) {
      onLine(rest);
      rest = "";
    }
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== "") onLine(rest.trimEnd());
      rest = "";
    },
  };
}

/** Hands chunks to a sink that may be slow, full or broken: none of that may hold up the plugin or the host. */
export function sinkWriter(
  sink: Writable | undefined,
  name: string,
  logger: PluginLogger,
): (chunk: Buffer) => void {
  if (sink === undefined) return () => {};
  let state: "fits" | "overflows" | "broken" = "fits";
  const give = (what: string, next: typeof state) => {
    if (state === next || state === "broken") return;
    state = next;
    logger.warn(`${name}: ${what}`);
  };
  const failed = (error: unknown) => {
    if (!error) return;
    const reason = error instanceof Error ? error.message : String(error);
    give(`the sink failed, output is no longer written to it: ${reason}`, "broken");
  };
  watchErrors(sink);
  return (chunk) => {
    if (sink.destroyed || sink.writableEnded || state === "broken") return;
    if (sink.writableLength > mostWaitingBytes) {
      give("the sink is too slow, output is dropped until it catches up", "overflows");
      return;
    }
    if (state === "overflows") state = "fits";
    try {
      sink.write(chunk, failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** Sinks whose errors have a listener of ours: many plugins may share one, and an unheard error ends the host. */
const watched = new WeakSet<Writable>();

/** The error itself reaches the logger through the write that it failed. */
function watchErrors(sink: Writable): void {
  if (watched.has(sink)) return;
  watched.add(sink);
  sink.on("error", () => {});
}
