import { threadTransport } from "portcall";
import { transportContract } from "./contract.js";

transportContract("thread", () => threadTransport());
