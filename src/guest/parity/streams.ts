import fs from "node:fs";
import { replace } from "./replace.js";

type Done = (error: Error | null, bytes: number, data: unknown) => void;

/**
 * What is written goes out at once, from the plugin's first line on. What is written to descriptor 1 or 2 by number goes
 * to the plugin's own stream: in a thread these are its host's.
 */
export function writeToOwnStreams(): void {
  const streams = [process.stdout, process.stderr] as const;
  for (const stream of streams) {
    const { _handle: pipe } = stream as { _handle?: { setBlocking?(blocking: boolean): void } | null };
    pipe?.setBlocking?.(true);
  }
  const streamOf = (fd: unknown) => (fd === 1 || fd === 2 ? streams[fd - 1] : undefined);
  /** Replaces a method that returns, or tells, how many bytes it wrote. */
  const redirect = (name: string, read: (...args: unknown[]) => Uint8Array) => {
    replace(fs, name, (original) => (fd, data, ...rest) => {
      const stream = streamOf(fd);
      if (stream === undefined) return original.call(fs, fd, data, ...rest);
      const bytes = read(data, ...rest);
      const done = rest.at(-1);
      if (typeof done !== "function") {
        stream.write(bytes);
        return bytes.byteLength;
      }
      stream.write(bytes, (error) => (done as Done)(error ?? null, bytes.byteLength, data));
      return undefined;
    });
  };
  redirect("write", partOf);
  redirect("writeSync", partOf);
  redirect("writev", partsOf);
  redirect("writevSync", partsOf);
  replace(fs, "writeFileSync", (original) => (file, data, ...rest) => {
    const stream = streamOf(file);
    if (stream === undefined) return original.call(fs, file, data, ...rest);
    const [options] = rest;
    return void stream.write(partOf(data, 0, Object(options).encoding ?? options));
  });
}

/** Of a string all, in the encoding that stands third; of bytes the part from an offset, of a length. */
function partOf(data: unknown, from?: unknown, third?: unknown): Uint8Array {
  const isText = typeof data === "string";
  if (isText) return Buffer.from(data, typeof third === "string" ? (third as BufferEncoding) : "utf8");
  const view = data as ArrayBufferView;
  const given = typeof from === "object" && from !== null ? from : { offset: from, length: third };
  const { offset, length } = given as { offset?: unknown; length?: unknown };
  const start = typeof offset === "number" ? offset : 0;
  const size = typeof length === "number" ? length : view.byteLength - start;
  // A copy: the stream may keep it for longer than the caller does.
  return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + start, size));
}

function partsOf(list: unknown): Uint8Array {
  return Buffer.concat((list as ArrayBufferView[]).map((view) => partOf(view)));
}
