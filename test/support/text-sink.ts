import { Writable } from "node:stream";
import { until } from "./processes.js";

/** Takes a plugin's output as text. */
export interface TextSink {
  readonly stream: Writable;
  readonly text: string;
  /** Resolves when the text has come. */
  has(text: string): Promise<void>;
}

export function textSink(): TextSink {
  let text = "";
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return {
    stream,
    get text() {
      return text;
    },
    has: (part) => until(`${JSON.stringify(part)} in the output`, () => text.includes(part)),
  };
}
