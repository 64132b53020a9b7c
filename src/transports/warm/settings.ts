import type { Environment } from "../environment-change.js";
import { withoutParityFlags } from "../parity.js";
import type { LaunchRequest, PluginLimits } from "../transport.js";

/** What a spare must be started with, for it cannot be changed later. One supply is kept per distinct value. */
export interface SpareSettings {
  readonly execArgv: readonly string[];
  readonly limits: PluginLimits;
  /** The variables that Node, V8, ICU and the C library read when they start. */
  readonly baseEnv: Environment;
}

/** What a plugin inherits. */
export function hostEnvironment(): Environment {
  return { ...process.env } as Environment;
}

/** The rest of a plugin's environment is given to a spare with its plugin. */
const readAtStart =
  /^(NODE_.*|UV_.*|V8_.*|ICU_.*|LD_.*|DYLD_.*|MALLOC_.*|OPENSSL_.*|SSL_.*|LC_.*|LANG|LANGUAGE|TZ)$/;

/** What most plugins will have that a spare with these settings is given: what they inherit. */
export function likelyEnvironment({ baseEnv }: SpareSettings): Environment {
  const inherited = Object.entries(hostEnvironment()).filter(([name]) => !readAtStart.test(name));
  return { ...Object.fromEntries(inherited), ...baseEnv };
}

export function spareSettings(request: Pick<LaunchRequest, "execArgv" | "limits" | "env">): SpareSettings {
  const { limits, env } = request;
  const execArgv = withoutParityFlags(request.execArgv);
  const baseEnv = Object.fromEntries(Object.entries(env).filter(([name]) => readAtStart.test(name)));
  return { execArgv, limits, baseEnv };
}

/** The same text for settings that one spare can serve. */
export function settingsKey({ execArgv, limits, baseEnv }: SpareSettings): string {
  const variables = Object.entries(baseEnv).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([execArgv, limits.memoryMb, limits.stackMb, variables]);
}
