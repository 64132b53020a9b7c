import { threadTransport } from "portcall";
import { coldStartContract, transportContract } from "./contract.js";

transportContract("thread", () => threadTransport());
coldStartContract("thread", () => threadTransport());
