/** What a spare is told when it is given its plugin. Its flags and limits it was started with. */
export interface SpareTask {
  readonly path: string;
  readonly args: readonly string[];
  /** The plugin's whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ProcessTask extends SpareTask {
  readonly cwd: string;
}
