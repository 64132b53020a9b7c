/**
 * The flags of a host's Node that its plugins inherit, in a child process and in a thread alike: those that decide how
 * modules are found, read and reported. Flags of one process (heap size, inspector, test runner, `-e`) stay behind.
 * `true`: the flag takes a value, which may stand in the next argument.
 */
const inheritable: Readonly<Record<string, boolean>> = {
  "--import": true,
  "--require": true,
  "-r": true,
  "--loader": true,
  "--experimental-loader": true,
  "--conditions": true,
  "-C": true,
  "--unhandled-rejections": true,
  "--disable-warning": true,
  "--enable-source-maps": false,
  "--no-warnings": false,
  "--no-deprecation": false,
  "--trace-warnings": false,
  "--trace-uncaught": false,
  "--throw-deprecation": false,
  "--pending-deprecation": false,
  "--preserve-symlinks": false,
  "--preserve-symlinks-main": false,
  "--experimental-strip-types": false,
  "--no-experimental-strip-types": false,
  "--strip-types": false,
  "--no-strip-types": false,
  "--experimental-transform-types": false,
};

/** Picks from a host's flags what its plugins inherit. */
export function inheritedExecArgv(hosts: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < hosts.length; i++) {
    const flag = hosts[i] as string;
    const [name = flag] = flag.split("=", 1);
    if (!Object.hasOwn(inheritable, name)) continue;
    kept.push(flag);
    const next = hosts[i + 1];
    if (inheritable[name] && !flag.includes("=") && next !== undefined) {
      kept.push(next);
      i++;
    }
  }
  return kept;
}
