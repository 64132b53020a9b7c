import { transportContract as publishedContract } from "portcall/testing";
import { describe, expect, it } from "vitest";
import type { MakeTransport } from "../support/load.js";
import { announcementContract } from "./announcement.js";
import { callsContract } from "./calls.js";
import { clientContract } from "./client.js";
import { connectingContract } from "./connecting.js";
import { debugContract } from "./debug.js";
import { endingsContract } from "./endings.js";
import { environmentContract } from "./environment.js";
import { grantsContract } from "./grants.js";
import { handshakeContract } from "./handshake.js";
import { hostileContract } from "./hostile.js";
import { interruptsContract } from "./interrupts.js";
import { limitsContract } from "./limits.js";
import { loadContract } from "./load.js";
import { outputContract } from "./output.js";
import { parityContract } from "./parity.js";
import { permissionsContract } from "./permissions.js";
import { pluginFilesContract } from "./plugin-files.js";
import { portsContract } from "./ports.js";
import { serverContract } from "./server.js";
import { stdinContract } from "./stdin.js";
import { watchdogContract } from "./watchdog.js";

/**
 * The one suite: what holds on every transport, what portcall/testing asks of the transports of others included. A
 * transport's test files are four lines each.
 */
export function transportContract(name: string, transport: MakeTransport): void {
  startsContract(name, transport);
  servesContract(name, transport);
}

/** How a plugin is started, what it finds, and how it ends. */
export function startsContract(name: string, transport: MakeTransport): void {
  describe(`${name} transport`, () => {
    handshakeContract(transport);
    portsContract(transport);
    announcementContract(transport);
    connectingContract(transport);
    serverContract(transport);
    pluginFilesContract(transport);
    environmentContract(transport);
    endingsContract(transport);
    hostileContract(transport);
  });
}

/** What a plugin that runs does for its host, and its host for it. */
export function servesContract(name: string, transport: MakeTransport): void {
  describe(`${name} transport`, () => {
    clientContract(transport);
    callsContract(transport);
    describe("load", () => loadContract(transport));
    interruptsContract(transport);
    limitsContract(transport);
    outputContract(transport);
    parityContract(transport);
    stdinContract(transport);
    watchdogContract(transport);
    publishedContract(transport, { describe, it, expect });
  });
}

/** What holds where plugins start cold. A warm transport starts those cold that are confined or debugged. */
export function coldStartContract(name: string, transport: MakeTransport): void {
  describe(`${name} transport`, () => {
    debugContract(transport);
    describe("permissions", () => permissionsContract(transport));
    describe("grants", () => grantsContract(transport));
  });
}
