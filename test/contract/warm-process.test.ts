import { warmProcessTransport } from "portcall";
import { warmed } from "../support/warmed.js";
import { transportContract } from "./contract.js";

transportContract("warm process", warmed(warmProcessTransport({ spares: 2 })));
