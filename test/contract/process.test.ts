import { processTransport } from "portcall";
import { startsContract } from "./contract.js";

startsContract("process", () => processTransport());
