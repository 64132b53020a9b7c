import { processTransport } from "portcall";
import { transportContract } from "./contract.js";

transportContract("process", () => processTransport());
