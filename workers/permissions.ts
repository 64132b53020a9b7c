import { confineOwnThreads, excessPermissions } from "../src/guest/confinement.js";
import { isPermissionFlag } from "../src/transports/permission-flags.js";

// Preloaded before a plugin that is confined, and into the threads that it starts: ends what is confined less than its
// flags say. What only portcall needs of the flags is not for the plugin to see or to hand on.
const { execArgv } = process;
const flags = execArgv.filter(isPermissionFlag);
const excess = excessPermissions(flags);
if (excess.length > 0) {
  process.stderr.write(
    `[ERR_PERMISSION] This plugin could ${excess.join(", and ")}, which its permissions do not grant. It was not started: look for flags in NODE_OPTIONS, or run it in a process.\n`,
  );
  process.exit(1);
}
const preload = execArgv.indexOf(__filename);
if (preload > 0) execArgv.splice(preload - 1, 2);
const evaluated = execArgv.indexOf("--eval=0");
if (evaluated >= 0) execArgv.splice(evaluated, 1);
if (flags.includes("--allow-worker")) confineOwnThreads([...flags, "--eval=0", "--require", __filename]);
