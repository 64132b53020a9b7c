import { describe } from "vitest";
import type { MakeTransport } from "../support/load.js";
import { callsContract } from "./calls.js";
import { environmentContract } from "./environment.js";
import { interruptsContract } from "./interrupts.js";
import { outputContract } from "./output.js";
import { stdinContract } from "./stdin.js";

/** The one suite: what holds on every transport. A transport's test file is four lines. */
export function transportContract(name: string, transport: MakeTransport): void {
  describe(`${name} transport`, () => {
    callsContract(transport);
    environmentContract(transport);
    interruptsContract(transport);
    outputContract(transport);
    stdinContract(transport);
  });
}
