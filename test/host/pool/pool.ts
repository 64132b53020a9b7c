import { describe } from "vitest";
import type { MakeTransport } from "../../support/load.js";
import { poolCallsContract } from "./calls.js";
import { poolReplicasContract } from "./replicas.js";
import { poolSuccessorsContract } from "./successors.js";

/** What a pool promises, on every transport. */
export function poolContract(name: string, transport: MakeTransport): void {
  describe(`a pool of ${name} replicas`, () => {
    poolCallsContract(transport);
    poolReplicasContract(transport);
    poolSuccessorsContract(transport);
  });
}
