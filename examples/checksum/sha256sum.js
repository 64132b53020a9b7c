import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Some systems bound a program's arguments to 32768 characters. */
const charactersPerRun = 24_000;

/**
 * Hashes files with the system's own program; `undefined` where there is none, or one that cannot end its lines with a
 * NUL (`-z`), without which a name that holds a line break would be ambiguous.
 *
 * @param {string} folder
 * @param {readonly string[]} paths from the folder
 * @returns {Promise<ReadonlyMap<string, string> | undefined>} digests by path; a file that could not be read is not in it
 */
export async function sha256sum(folder, paths) {
  if (!(await isThere())) return undefined;
  /** @type {Map<string, string>} */
  const digests = new Map();
  for (const batch of batches(paths)) {
    for (const line of await hash(folder, batch)) {
      // The digest, a space, a space or a star, and the path behind "./".
      digests.set(line.slice(64 + 2 + 2), line.slice(0, 64));
    }
  }
  return digests;
}

async function isThere() {
  try {
    await run("sha256sum", ["-z", "--", fileURLToPath(import.meta.url)]);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {readonly string[]} paths
 * @returns {Generator<string[]>}
 */
function* batches(paths) {
  /** @type {string[]} */
  let batch = [];
  let characters = 0;
  for (const path of paths) {
    if (batch.length > 0 && characters + path.length > charactersPerRun) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(path);
    characters += path.length;
  }
  if (batch.length > 0) yield batch;
}

/**
 * @param {string} folder
 * @param {readonly string[]} paths
 * @returns {Promise<string[]>} a line for each file that could be read
 */
async function hash(folder, paths) {
  // "./" keeps a file that is called "-" from meaning stdin.
  const args = ["-z", "--", ...paths.map((path) => `./${path}`)];
  const { stdout } = await run("sha256sum", args, { cwd: folder, maxBuffer: Infinity }).catch((error) => {
    // It ends with a status when it could not read some file; a failure to run it has a name.
    if (typeof error.code === "number") return error;
    throw error;
  });
  return stdout.split("\0").slice(0, -1);
}
