import { warmThreadTransport } from "portcall";
import { warmed } from "../support/warmed.js";
import { transportContract } from "./contract.js";

transportContract("warm thread", warmed(warmThreadTransport({ spares: 2 })));
