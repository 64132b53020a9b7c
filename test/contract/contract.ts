import { describe } from "vitest";
import type { MakeTransport } from "../support/load.js";
import { callsContract } from "./calls.js";
import { handshakeContract } from "./handshake.js";
import { portsContract } from "./ports.js";
import { endingsContract } from "./endings.js";

/** The one suite: what holds on every transport. A transport's test file is four lines. */
export function transportContract(name: string, transport: MakeTransport): void {
  describe(`${name} transport`, () => {
    handshakeContract(transport);
    portsContract(transport);
    callsContract(transport);
    endingsContract(transport);
  });
}
