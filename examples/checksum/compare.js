/**
 * A file on which not all agree.
 *
 * @typedef {object} Difference
 * @property {string} path
 * @property {Record<string, string>} digests by who found them; `unreadable` for who found none
 */

/**
 * Names the files on which not all agree, in order of their paths. Who could not read a file does not agree with who could.
 *
 * @param {Readonly<Record<string, ReadonlyMap<string, string>>>} answers digests by path, of each who was asked
 * @returns {Difference[]}
 */
export function differences(answers) {
  const paths = new Set(Object.values(answers).flatMap((digests) => [...digests.keys()]));
  return [...paths].sort().flatMap((path) => {
    const found = Object.entries(answers).map(([who, digests]) => [who, digests.get(path) ?? "unreadable"]);
    const agree = new Set(found.map(([, digest]) => digest)).size === 1;
    return agree ? [] : [{ path, digests: Object.fromEntries(found) }];
  });
}
