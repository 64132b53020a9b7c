import type { EnvironmentChange } from "../environment-change.js";

/** What a spare is told when it is given its plugin. Its flags and limits it was started with. */
export interface SpareTask {
  readonly path: string;
  readonly args: readonly string[];
  /** What makes the worker's environment the plugin's. */
  readonly env: EnvironmentChange;
}

export interface ProcessTask extends SpareTask {
  readonly cwd: string;
}
