import { processTransport } from "portcall";
import { coldStartContract, servesContract } from "./contract.js";

servesContract("process", () => processTransport());
coldStartContract("process", () => processTransport());
