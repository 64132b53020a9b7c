import { PassThrough, type Readable } from "node:stream";
import type { PluginError } from "../errors.js";
import { ending } from "./ending.js";
import type { RunningPlugin } from "./transport.js";

/** A plugin of which nothing could be started. */
export function neverStarted(id: string, error: PluginError): RunningPlugin {
  const end = ending({ ask: () => {}, force: () => {} });
  end.ended({ how: "never-started", error });
  return {
    id,
    stdout: nothing(),
    stderr: nothing(),
    exited: end.exited,
    connect: () => Promise.reject(error),
    interrupt: () => {},
    stop: end.stop,
  };
}

/** The output of what has none. */
export function nothing(): Readable {
  return new PassThrough().end();
}
