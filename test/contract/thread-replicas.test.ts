import { type HandshakeTransport, threadTransport } from "portcall";
import { afterAll } from "vitest";
import { transportContract } from "./contract.js";

const replicas = threadTransport().replicas?.() as HandshakeTransport & AsyncDisposable;
afterAll(() => replicas[Symbol.asyncDispose]());

transportContract("pooled thread", () => replicas);
