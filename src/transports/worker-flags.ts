/**
 * The flags for a worker thread. Node lets a confined program read its own file, and from Node 22 on it takes the folder
 * of the host for the file of a worker. With a text to evaluate there is no file; a worker that has one ignores the text.
 */
export function workerFlags(execArgv: readonly string[]): string[] {
  const isConfined = execArgv.some((flag) => /^--(experimental-)?permission$/.test(flag));
  return isConfined ? ["--eval=0", ...execArgv] : [...execArgv];
}
