export type { CheckParityOptions, ParityReport } from "./testing/check-parity.js";
export { checkParity } from "./testing/check-parity.js";
export type { MakeTransport } from "./testing/contract/support.js";
export type { ParityDifference } from "./testing/parity/differences.js";
export type { ParityOutcome, ParityRun } from "./testing/parity/run.js";
export type { ParityTransport } from "./testing/parity/transports.js";
export type { Expect, Expectation, TestRunner } from "./testing/runner.js";
export { testPlugin } from "./testing/test-plugin.js";
export { transportContract } from "./testing/transport-contract.js";
