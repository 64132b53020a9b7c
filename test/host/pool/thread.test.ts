import { threadTransport } from "portcall";
import { poolContract } from "./pool.js";

poolContract("thread", () => threadTransport());
