import { callsContract } from "./contract/calls.js";
import { endsContract } from "./contract/ends.js";
import { handshakeContract } from "./contract/handshake.js";
import { outputContract } from "./contract/output.js";
import type { MakeTransport } from "./contract/support.js";
import { surroundingsContract } from "./contract/surroundings.js";
import { assertExpect, type TestRunner } from "./runner.js";

/**
 * Registers the tests that every transport must pass, with the runner that is given. The plugins they run come with the
 * suite. What a transport may refuse (`stdin`, `limits`) may be refused with `ERR_OPTION` or `ERR_PARITY`, not ignored.
 *
 * ```ts
 * import { describe, expect, it } from "vitest"; // or: import { describe, it } from "node:test";
 * transportContract(() => myTransport(), { describe, it, expect });
 * ```
 */
export function transportContract(makeTransport: MakeTransport, runner: TestRunner): void {
  const full = { ...runner, expect: runner.expect ?? assertExpect };
  runner.describe("a transport", () => {
    handshakeContract(makeTransport, full);
    callsContract(makeTransport, full);
    surroundingsContract(makeTransport, full);
    outputContract(makeTransport, full);
    endsContract(makeTransport, full);
  });
}
