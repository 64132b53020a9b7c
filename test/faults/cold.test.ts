import { processTransport, threadTransport } from "portcall";
import { faultsSuite } from "./suite.js";

faultsSuite("process", "process", processTransport);
faultsSuite("thread", "thread", threadTransport);
