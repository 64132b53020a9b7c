/**
 * Whether a flag of Node decides what a program may do: it switches the permission model on or off, grants something, or
 * gives or takes SQLite, which that model does not hold to what was granted.
 */
export function isPermissionFlag(flag: string): boolean {
  return /^--(no-)?(experimental-)?(permission\b|allow-|sqlite\b)/.test(flag);
}

/**
 * The flags for a worker thread. Node lets a confined program read its own file, and from Node 22 on it takes the folder
 * of the host for the file of a worker. With a text to evaluate there is no file; a worker that has one ignores the text.
 */
export function workerFlags(execArgv: readonly string[]): string[] {
  return execArgv.some(isPermissionFlag) ? ["--eval=0", ...execArgv] : [...execArgv];
}
