import { listen } from "../peers/far/listen.js";
import { assembledFrames } from "./assembled-frames.js";

// Kind 0 is answered with one byte, kind 1 with what came.
const one = Buffer.alloc(1);

listen((socket) => {
  const send = assembledFrames(socket, (kind, bytes) => send(kind, kind === 0 ? one : bytes));
});
