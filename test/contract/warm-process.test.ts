import { warmProcessTransport } from "portcall";
import { warmed } from "../support/warmed.js";
import { coldStartContract, transportContract } from "./contract.js";

const transport = warmed(warmProcessTransport({ spares: 2 }));
transportContract("warm process", transport);
coldStartContract("warm process", transport);
