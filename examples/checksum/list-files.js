import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} ListedFile
 * @property {string} path from the folder
 * @property {number} bytes when it was listed
 */

/**
 * @typedef {object} Listing
 * @property {ListedFile[]} files the regular ones
 * @property {number} skipped how many entries are none: links, sockets, pipes, devices
 * @property {string[]} unreadable the folders and entries that could not be looked at
 */

/**
 * Walks a folder. Links are not followed. Throws where the folder itself cannot be read.
 *
 * @param {string} folder
 * @returns {Listing}
 */
export function listFiles(folder) {
  /** @type {Listing} */
  const listing = { files: [], skipped: 0, unreadable: [] };
  listFolder(folder, "", listing);
  return listing;
}

/**
 * @param {string} folder
 * @param {string} within the part of it to list
 * @param {Listing} listing takes what is found
 */
function listFolder(folder, within, listing) {
  for (const entry of readdirSync(join(folder, within), { withFileTypes: true })) {
    const path = join(within, entry.name);
    try {
      if (entry.isDirectory()) listFolder(folder, path, listing);
      else if (entry.isFile()) listing.files.push({ path, bytes: lstatSync(join(folder, path)).size });
      else listing.skipped++;
    } catch {
      listing.unreadable.push(path);
    }
  }
}
