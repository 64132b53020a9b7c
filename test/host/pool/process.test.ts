import { processTransport } from "portcall";
import { poolContract } from "./pool.js";

poolContract("process", () => processTransport());
