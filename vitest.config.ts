import { configDefaults, defineConfig } from "vitest/config";

/** What repeats a suite on transports built from those that the others test, or runs for minutes: `npm run test:all`. */
const long = [
  "test/contract/warm-*.test.ts",
  "test/contract/thread-replicas.test.ts",
  "test/testing/transport-contract.test.ts",
  "test/plugin-per-test.test.ts",
  "test/bench.test.ts",
];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(process.env.PORTCALL_TESTS === "all" ? [] : long)],
    // Much of a test is waiting for workers to start and to end: with one worker for each CPU they would idle.
    maxWorkers: 4,
    // Every wait in the tests is for an event; these only bound a failure.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
