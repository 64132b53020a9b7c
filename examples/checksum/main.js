import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { processTransport, threadTransport } from "portcall";
import { differences } from "./compare.js";
import { hashInPlugin } from "./hash-in-plugin.js";
import { listFiles } from "./list-files.js";
import { progressBar } from "./progress-bar.js";
import { count, megabytes, printRuns, printSkipped, printVerdict } from "./report.js";
import { sha256sum } from "./sha256sum.js";

/**
 * @import { HandshakeTransport } from "portcall"
 * @import { Listing } from "./list-files.js"
 */

// Hashes every file under a folder, in one plugin file that is run as a process and as a thread, and compares.

/** The checkout, with its node_modules. */
const checkout = fileURLToPath(new URL("../../", import.meta.url));

try {
  const [folder = checkout, ...more] = process.argv.slice(2);
  if (more.length > 0) throw new Error("Name one folder, or none for this checkout.");
  process.exitCode = await checksum(folder);
} catch (error) {
  console.error(`checksum: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

/** @param {string} named */
async function checksum(named) {
  const { folder, listing } = look(named);
  console.log(`${count(listing.files.length, "file")}, ${megabytes(bytesOf(listing))} MB, under ${folder}\n`);

  const asProcess = await hashIn("process", processTransport(), folder, listing);
  const asThread = await hashIn("thread", threadTransport(), folder, listing);
  const reference = await hashBySystem(folder, listing);
  printRuns({ process: asProcess, thread: asThread }, reference);
  printSkipped(listing, listing.files.length - asProcess.digests.size);

  const answers = { process: asProcess.digests, thread: asThread.digests };
  const different = differences(reference ? { ...answers, sha256sum: reference.digests } : answers);
  printVerdict(different, listing.files.length, reference !== undefined);
  return different.length === 0 ? 0 : 1;
}

/** @param {string} named */
function look(named) {
  // npm runs a script in the package's folder, and says in INIT_CWD where the caller was.
  const { npm_lifecycle_event: script, INIT_CWD: caller } = process.env;
  const from = script === "start" && caller ? caller : process.cwd();
  try {
    const folder = realpathSync(resolve(from, named));
    return { folder, listing: listFiles(folder) };
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new Error(`Cannot read the folder ${named} (${code}). Name one that exists and that you may read.`);
  }
}

/**
 * @param {string} label
 * @param {HandshakeTransport} transport
 * @param {string} folder
 * @param {Listing} listing
 */
async function hashIn(label, transport, folder, listing) {
  const bar = progressBar(process.stderr, label, bytesOf(listing));
  try {
    return await hashInPlugin(transport, folder, listing.files, bar?.show);
  } finally {
    bar?.clear();
  }
}

/**
 * @param {string} folder
 * @param {Listing} listing
 */
async function hashBySystem(folder, { files }) {
  const started = performance.now();
  const digests = await sha256sum(
    folder,
    files.map(({ path }) => path),
  );
  return digests && { digests, ms: performance.now() - started };
}

/** @param {Listing} listing */
function bytesOf({ files }) {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
