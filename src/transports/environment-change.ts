export type Environment = Readonly<Record<string, string>>;

/** What turns one environment into another. To write a variable costs a worker microseconds, so it is told of these alone. */
export interface EnvironmentChange {
  readonly unset: readonly string[];
  readonly set: Environment;
}

export function environmentChange(from: Environment, to: Environment): EnvironmentChange {
  return {
    unset: Object.keys(from).filter((name) => !Object.hasOwn(to, name)),
    set: Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value)),
  };
}

export function changeEnvironment({ unset, set }: EnvironmentChange): void {
  for (const name of unset) delete process.env[name];
  Object.assign(process.env, set);
}
