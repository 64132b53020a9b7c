import { threadTransport } from "portcall";
import { coldStartContract, servesContract } from "./contract.js";

servesContract("thread", () => threadTransport());
coldStartContract("thread", () => threadTransport());
