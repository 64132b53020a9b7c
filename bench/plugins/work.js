import { serve } from "portcall/plugin";
import * as work from "../peers/far/work.js";

await serve({ work });
