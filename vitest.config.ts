import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Every wait in the tests is for an event; these only bound a failure.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
