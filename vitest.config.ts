import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Most of a test is waiting, for workers to start and to end: more files than CPUs at a time.
    maxWorkers: 4,
    // Every wait in the tests is for an event; these only bound a failure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
