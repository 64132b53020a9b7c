import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Much of a test is waiting for workers to start and to end: a CPU for the runner alone would be idle.
    maxWorkers: "100%",
    // Every wait in the tests is for an event; these only bound a failure.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
