import { loadPlugin } from "portcall";

/**
 * @import { HandshakeTimings, HandshakeTransport, PluginClient } from "portcall"
 * @import { Components } from "./checksum-plugin.js"
 * @import { ListedFile } from "./list-files.js"
 */

/**
 * What one run of the plugin came to.
 *
 * @typedef {object} Run
 * @property {HandshakeTimings} timings
 * @property {number} ms of the hashing alone
 * @property {number} bytes
 * @property {number} peakMemory in bytes
 * @property {ReadonlyMap<string, string>} digests by path; a file that could not be read is not in it
 */

const plugin = new URL("./checksum-plugin.js", import.meta.url);

/** A call carries this many files at most, and files of about this many bytes: some calls a second, none for minutes. */
const mostFilesPerCall = 256;
const bytesPerCall = 16_000_000;

/** While the plugin works on one call, the next one is there already. */
const callsInFlight = 2;

const progressMs = 100;

/**
 * Loads the plugin by one transport, has it hash every file, and ends it.
 *
 * @param {HandshakeTransport} transport
 * @param {string} folder
 * @param {readonly ListedFile[]} files
 * @param {((hashedBytes: number) => void) | undefined} onProgress
 * @returns {Promise<Run>}
 */
export async function hashInPlugin(transport, folder, files, onProgress) {
  /** @type {PluginClient<Components>} */
  const client = await loadPlugin(plugin, { transport });
  const timer = onProgress && setInterval(() => report(client, onProgress), progressMs);
  try {
    const started = performance.now();
    const { digests, bytes } = await hashAll(client, folder, files);
    const ms = performance.now() - started;
    const peakMemory = await client.components.checksum.peakMemory();
    return { timings: client.timings, ms, bytes, peakMemory, digests };
  } finally {
    clearInterval(timer);
    await client.kill();
  }
}

/**
 * @param {PluginClient<Components>} client
 * @param {string} folder
 * @param {readonly ListedFile[]} files
 */
async function hashAll(client, folder, files) {
  /** @type {Map<string, string>} */
  const digests = new Map();
  let bytes = 0;
  const calls = batches(files);
  const caller = async () => {
    for (const paths of calls) {
      const checksums = await client.components.checksum.hash(folder, paths);
      for (const [index, path] of paths.entries()) {
        const checksum = checksums[index];
        if (checksum === undefined || "unreadable" in checksum) continue;
        digests.set(path, checksum.sha256);
        bytes += checksum.bytes;
      }
    }
  };
  await Promise.all(Array.from({ length: callsInFlight }, caller));
  return { digests, bytes };
}

/**
 * @param {readonly ListedFile[]} files
 * @returns {Generator<string[]>}
 */
function* batches(files) {
  /** @type {string[]} */
  let paths = [];
  let bytes = 0;
  for (const file of files) {
    paths.push(file.path);
    bytes += file.bytes;
    if (paths.length < mostFilesPerCall && bytes < bytesPerCall) continue;
    yield paths;
    paths = [];
    bytes = 0;
  }
  if (paths.length > 0) yield paths;
}

/**
 * @param {PluginClient<Components>} client
 * @param {(hashedBytes: number) => void} onProgress
 */
function report(client, onProgress) {
  // A plugin that has died fails the calls that hash; there is nothing to add to that here.
  client.components.checksum.hashedBytes().then(onProgress, () => {});
}
