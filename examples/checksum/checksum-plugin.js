import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { serve } from "portcall/plugin";

/**
 * What became of a file: its digest and how many bytes went into it, or the code of the error that kept it from being read.
 *
 * @typedef {{ sha256: string, bytes: number } | { unreadable: string }} Checksum
 */

/** Files that are read at the same time: as many as Node has threads for it, unless told otherwise. */
const readersPerCall = 4;

let hashedBytes = 0;

const components = {
  checksum: {
    /**
     * Hashes files, and answers in their order.
     *
     * @param {string} folder
     * @param {readonly string[]} paths from the folder
     * @returns {Promise<Checksum[]>}
     */
    async hash(folder, paths) {
      /** @type {Checksum[]} */
      const checksums = [];
      const waiting = paths.entries();
      const reader = async () => {
        for (const [index, path] of waiting) checksums[index] = await hashFile(join(folder, path));
      };
      await Promise.all(Array.from({ length: readersPerCall }, reader));
      return checksums;
    },

    /** How many bytes were hashed so far, in all calls. */
    hashedBytes: () => hashedBytes,

    /** The most memory that the process had at any time, in bytes; in a thread this is the host's process. */
    peakMemory: () => process.resourceUsage().maxRSS * 1024,
  },
};

/** @typedef {typeof components} Components */

await serve(components);

/**
 * Reads a file piece by piece: memory does not grow with its size.
 *
 * @param {string} path
 * @returns {Promise<Checksum>}
 */
async function hashFile(path) {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk);
      bytes += chunk.length;
      hashedBytes += chunk.length;
    }
  } catch (error) {
    return { unreadable: /** @type {NodeJS.ErrnoException} */ (error).code ?? String(error) };
  }
  return { sha256: hash.digest("hex"), bytes };
}
