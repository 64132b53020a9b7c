/**
 * @import { Difference } from "./compare.js"
 * @import { Run } from "./hash-in-plugin.js"
 * @import { Listing } from "./list-files.js"
 */

const none = "-";

/**
 * Prints what each run took: every phase of its handshake in milliseconds, and how fast it hashed.
 *
 * @param {Readonly<Record<string, Run>>} runs
 * @param {{ readonly digests: ReadonlyMap<string, string>, readonly ms: number } | undefined} sha256sum
 */
export function printRuns(runs, sha256sum) {
  const rows = Object.entries(runs).map(([label, { timings, ms, bytes, peakMemory, digests }]) => {
    const { launch, announce, connect, ready, total } = timings;
    const phases = [launch, announce, connect, ready, total].map((phase) => phase.toFixed(1));
    return [label, ...phases, perSecond(digests.size, ms), perSecond(bytes / 1e6, ms), megabytes(peakMemory)];
  });
  if (sha256sum !== undefined) {
    const { digests, ms } = sha256sum;
    const bytes = Object.values(runs)[0]?.bytes ?? 0;
    const phases = Array.from({ length: 5 }, () => none);
    rows.push(["sha256sum", ...phases, perSecond(digests.size, ms), perSecond(bytes / 1e6, ms), none]);
  }
  const head = ["ms", "launch", "announce", "connect", "ready", "total", "files/s", "MB/s", "peak MB"];
  console.log(table([head, ...rows]));
  console.log("The first run may have read from the disk what the later ones found in memory.\n");
}

/**
 * Says what was left out.
 *
 * @param {Listing} listing
 * @param {number} unread how many of the listed files could not be read
 */
export function printSkipped({ skipped, unreadable }, unread) {
  if (skipped > 0) console.log(`Skipped, for it is no regular file: ${count(skipped, "entry", "entries")}.`);
  const all = unread + unreadable.length;
  if (all > 0) console.log(`Unreadable: ${count(all, "file or folder", "files or folders")}.`);
}

/**
 * Says whether all agree, and names each file on which they do not.
 *
 * @param {readonly Difference[]} differences
 * @param {number} files
 * @param {boolean} bySystem whether sha256sum was asked too
 */
export function printVerdict(differences, files, bySystem) {
  const asked = bySystem ? "process, thread and sha256sum agree" : "process and thread agree";
  const missing = bySystem ? "" : " There is no sha256sum -z here to compare with.";
  if (differences.length === 0) {
    console.log(`${asked} on ${count(files, "file")}.${missing}`);
    return;
  }
  console.log(`${count(differences.length, "file")} of ${files} differ:${missing}`);
  for (const { path, digests } of differences) {
    // Quoted: a name may hold anything.
    console.log(`  ${JSON.stringify(path)}`);
    for (const [who, digest] of Object.entries(digests)) console.log(`    ${who.padEnd(9)} ${digest}`);
  }
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 */
export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/**
 * @param {number} amount
 * @param {number} ms
 */
function perSecond(amount, ms) {
  const rate = ms > 0 ? (amount / ms) * 1000 : 0;
  return rate.toFixed(rate < 100 ? 1 : 0);
}

/**
 * Lays out rows in columns, the first to the left, numbers to the right.
 *
 * @param {readonly (readonly string[])[]} rows
 */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  );
  return lines.map((cells) => cells.join("  ")).join("\n");
}
