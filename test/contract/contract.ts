import { transportContract as publishedContract } from "portcall/testing";
import { describe, expect, it } from "vitest";
import type { MakeTransport } from "../support/load.js";
import { announcementContract } from "./announcement.js";
import { callsContract } from "./calls.js";
import { endingsContract } from "./endings.js";
import { environmentContract } from "./environment.js";
import { handshakeContract } from "./handshake.js";
import { interruptsContract } from "./interrupts.js";
import { outputContract } from "./output.js";
import { portsContract } from "./ports.js";
import { stdinContract } from "./stdin.js";

/** The one suite: what holds on every transport, what portcall/testing asks of the transports of others included. A transport's test file is four lines. */
export function transportContract(name: string, transport: MakeTransport): void {
  describe(`${name} transport`, () => {
    handshakeContract(transport);
    portsContract(transport);
    announcementContract(transport);
    callsContract(transport);
    endingsContract(transport);
    environmentContract(transport);
    interruptsContract(transport);
    outputContract(transport);
    stdinContract(transport);
    publishedContract(transport, { describe, it, expect });
  });
}
