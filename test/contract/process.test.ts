import { processTransport } from "portcall";
import { coldStartContract, transportContract } from "./contract.js";

transportContract("process", () => processTransport());
coldStartContract("process", () => processTransport());
