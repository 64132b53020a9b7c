import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import { PluginError } from "../../errors.js";
import { checkOptionNames } from "../check-options.js";
import { inheritedExecArgv } from "../exec-argv.js";
import { isPermissionFlag } from "../permission-flags.js";
import { processTransport } from "../process/host.js";
import { threadTransport } from "../thread/host.js";
import { canBePooled } from "../thread/pooled.js";
import { checkThreadRequest } from "../thread/request.js";
import type { HandshakeTransport, LaunchRequest } from "../transport.js";
import { startSpareProcess } from "./process-spare.js";
import { refill } from "./refill.js";
import { hostEnvironment, type SpareSettings, spareSettings } from "./settings.js";
import type { Spare } from "./shelf.js";
import { workerSupply } from "./supply.js";
import { startSpareThread } from "./thread-spare.js";

export interface WarmTransportOptions {
  /** How many workers are kept ready: as many as plugins are started at once. Default: 2. */
  readonly spares?: number;
}

/**
 * A transport that starts workers ahead of need and gives each of them one plugin. Where none is ready, or none can do
 * what is asked, a plugin starts cold. Spares are kept per distinct flags, limits, and variables that Node reads at its
 * start, from the second plugin on that has them; for those of the host from the first. Idle ones do not keep it alive.
 */
export interface WarmTransport extends HandshakeTransport, AsyncDisposable {
  /**
   * Resolves when all spares are ready, or `atLeast` so many: of each of the settings that plugins were started with so
   * far, and for a plugin without special settings. Rejects with `ERR_SPAWN` when a spare cannot start, `ERR_OPTION`
   * once disposed of.
   */
  ready(atLeast?: number): Promise<void>;
  stats(): WarmStats;
  /** Ends the spares, within a second, and leaves running plugins alone. Nothing can be started afterwards. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface WarmStats {
  /** Spares that are ready now. */
  readonly ready: number;
  /** Plugins that were given a spare. */
  readonly warm: number;
  /** Plugins that were started cold. */
  readonly cold: number;
}

/** Runs plugins in worker threads that are ready before they are needed. Throws `ERR_OPTION`. */
export function warmThreadTransport(options: WarmTransportOptions = {}): WarmTransport {
  return warmTransport("warm-thread", options, {
    cold: threadTransport(),
    start: startSpareThread,
    canServe: (request) => {
      checkThreadRequest(request);
      return canBePooled(request);
    },
  });
}

/** Runs plugins in child processes that are ready before they are needed. Throws `ERR_OPTION`. */
export function warmProcessTransport(options: WarmTransportOptions = {}): WarmTransport {
  return warmTransport("warm-process", options, {
    cold: processTransport(),
    start: startSpareProcess,
    canServe: ({ target, stdin, cwd, debug }) =>
      !debug && target.kind === "module" && stdin !== "inherit" && canEnter(cwd),
  });
}

interface WarmKind {
  readonly cold: HandshakeTransport;
  start(settings: SpareSettings): Spare;
  /** Whether a spare can do what is asked. Throws what can never be done. */
  canServe(request: LaunchRequest): boolean;
}

function warmTransport(name: string, options: WarmTransportOptions, kind: WarmKind): WarmTransport {
  checkOptionNames(options, ["spares"]);
  const { spares = 2 } = options;
  if (!(Number.isInteger(spares) && spares >= 1 && spares <= 1_000)) {
    throw new PluginError("ERR_OPTION", `spares must be a whole number from 1 to 1000; it is ${spares}.`);
  }
  const supply = workerSupply({ name, spares, plain: plainSettings, start: kind.start });
  const refills = refill();
  const started = { warm: 0, cold: 0 };
  return {
    name,
    launch: (request) => {
      supply.checkOpen();
      const confined = request.execArgv.some(isPermissionFlag);
      const shelf = kind.canServe(request) && !confined ? supply.of(spareSettings(request)) : undefined;
      const spare = shelf?.take();
      const running = spare?.run(request) ?? kind.cold.launch(request);
      started[spare === undefined ? "cold" : "warm"]++;
      return shelf === undefined ? running : refills.after(running, shelf);
    },
    ready: async (atLeast = spares) => {
      if (!(Number.isInteger(atLeast) && atLeast >= 0)) {
        throw new PluginError(
          "ERR_OPTION",
          `ready() takes a whole number of spares; it was given ${atLeast}.`,
        );
      }
      await supply.filled(atLeast);
    },
    stats: () => ({ ready: supply.ready, ...started }),
    [Symbol.asyncDispose]: supply.end,
  };
}

/** What a plugin is started with where its host asks for nothing special. */
function plainSettings(): SpareSettings {
  return spareSettings({
    execArgv: inheritedExecArgv(process.execArgv),
    limits: {},
    env: hostEnvironment(),
  });
}

/**
 * Whether a spare can go where a plugin is to work. It knows its host's folder by the name that Node has kept: by now
 * nothing may be there, or another folder, where a cold start still finds the host's own.
 */
function canEnter(cwd = "."): boolean {
  try {
    const named = resolve(cwd);
    accessSync(named, constants.X_OK);
    const [meant, found] = [statSync(cwd), statSync(named)];
    return found.isDirectory() && found.ino === meant.ino && found.dev === meant.dev;
  } catch {
    return false;
  }
}
