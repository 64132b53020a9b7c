import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What repeats a suite on transports built from those that the others test, or runs for minutes: `npm run test:all`. */
const long = [
  "test/contract/warm-*.test.ts",
  "test/contract/thread-replicas.test.ts",
  "test/faults/warm.test.ts",
  "test/testing/transport-contract.test.ts",
  "test/plugin-per-test.test.ts",
  "test/bench.test.ts",
  "test/faults/crowd.test.ts",
  "test/faults/soak.test.ts",
  "test/faults/starved.test.ts",
];

/** Files that run longest begin first, whose names say nothing of it: by default the largest do. */
const first = [
  "contract/process",
  "contract/thread",
  "host-death",
  "warm/",
  "pool/",
  "stream-memory",
  "faults/",
  "deaf-peers",
  "host-ends",
  "test-plugin",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = first.findIndex((part) => moduleId.includes(part));
      return at === -1 ? first.length : at;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(process.env.PORTCALL_TESTS === "all" ? [] : long)],
    // Much of a test is waiting for workers to start and to end: with one worker for each CPU they would idle.
    maxWorkers: 4,
    // A worker costs half a second of a CPU; what the tests change of their process they put back.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Every wait in the tests is for an event; these only bound a failure.
    expect: { poll: { timeout: 20_000 } },
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
