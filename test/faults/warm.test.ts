import { warmProcessTransport, warmThreadTransport } from "portcall";
import { warmed } from "../support/warmed.js";
import { faultsSuite } from "./suite.js";

faultsSuite("warm process", "process", warmed(warmProcessTransport({ spares: 2 })));
faultsSuite("warm thread", "thread", warmed(warmThreadTransport({ spares: 2 })));
