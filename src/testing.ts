export type { MakeTransport } from "./testing/contract/support.js";
export type { Expect, Expectation, TestRunner } from "./testing/runner.js";
export { testPlugin } from "./testing/test-plugin.js";
export { transportContract } from "./testing/transport-contract.js";
