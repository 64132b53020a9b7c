import { warmThreadTransport } from "portcall";
import { warmed } from "../support/warmed.js";
import { coldStartContract, transportContract } from "./contract.js";

const transport = warmed(warmThreadTransport({ spares: 2 }));
transportContract("warm thread", transport);
coldStartContract("warm thread", transport);
