import { threadTransport } from "portcall";
import { startsContract } from "./contract.js";

startsContract("thread", () => threadTransport());
