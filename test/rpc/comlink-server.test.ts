import { expect, it } from "vitest";
import { comlinkServer, type Settled } from "../../src/rpc/calls/comlink-server.js";
import { until } from "../support/until.js";

it("comlink's server does not pass off as a result what goes wrong while one is handed on", async () => {
  const heard: Settled[] = [];
  const server = comlinkServer((_id, settled) => {
    heard.push(settled);
    if (heard.length === 1) throw new RangeError("not handed on");
  });
  server.run(1, { execute: () => ({ value: "fine" }) });
  await until(() => heard.length === 2);
  expect(heard).toEqual([{ value: "fine" }, { error: expect.any(Error) }]);
});
