import { PluginError } from "../../src/errors.js";

/** The PluginError that a function of src throws. Fails where it returns, or throws anything else. */
export function thrown(act: () => unknown): PluginError {
  try {
    act();
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error("it returned where it should have thrown");
}
