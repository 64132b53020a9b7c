import { PluginError } from "../../errors.js";

/** The error of whoever uses a live value after it was let go of. */
export function released(): PluginError {
  return new PluginError(
    "ERR_ABORTED",
    "The call that this came with has ended, or it was disposed of: it cannot be used any more. Use retain() to keep it beyond its call.",
  );
}
