import type { LaunchRequest, RunningPlugin } from "../transport.js";

/** A worker that was started ahead of need and has loaded all but the plugin. */
export interface Spare {
  /** Resolves when it can be given a plugin. Rejects when it never will. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, with or without a plugin. */
  readonly gone: Promise<void>;
  /** Gives it its one plugin. */
  run(request: LaunchRequest): RunningPlugin;
  /** Forces it to end. */
  end(): void;
}
