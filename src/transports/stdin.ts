import type { Readable, Writable } from "node:stream";

/**
 * Feeds a plugin's stdin until either side ends, or the returned function is called. A plugin that ends or closes its
 * stdin before it has read everything is no failure; a source that fails ends the plugin's stdin.
 */
export function feedStdin(source: Readable, stdin: Writable): () => void {
  const endStdin = () => void stdin.end();
  const stop = () => {
    source.unpipe(stdin);
    source.off("close", endStdin);
    source.off("error", endStdin);
  };
  stdin.on("error", stop);
  source.on("close", endStdin);
  source.on("error", endStdin);
  source.pipe(stdin);
  if (source.destroyed) endStdin();
  return stop;
}
