import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Much of a test is waiting for workers to start and to end: with one worker for each CPU they would idle.
    maxWorkers: 4,
    // Every wait in the tests is for an event; these only bound a failure.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
