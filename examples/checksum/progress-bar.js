/**
 * One line on a terminal that shows how far a job is; nothing where the stream is no terminal.
 *
 * An own one: `cli-progress` was the candidate, but its latest release (3.12.0) is years old, it is CommonJS without
 * types, and it brings four more packages; all that is wanted here is one line, written over and over.
 *
 * @param {Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">} stream
 * @param {string} label
 * @param {number} total what counts as all of it
 */
export function progressBar(stream, label, total) {
  if (!stream.isTTY) return undefined;
  return {
    /** @param {number} done */
    show(done) {
      const share = total > 0 ? Math.min(1, done / total) : 1;
      const width = Math.max(0, Math.min(40, (stream.columns || 80) - label.length - 10));
      const full = Math.round(share * width);
      const percent = `${Math.floor(share * 100)} %`.padStart(5);
      stream.write(`\r${label} [${"#".repeat(full)}${"-".repeat(width - full)}] ${percent}`);
    },
    /** Wipes the line, for what comes next. */
    clear() {
      stream.write("\r\x1b[K");
    },
  };
}
