import { listen } from "../peers/far/listen.js";

// The least that answers: counts the bytes of requests and writes as many replies.
const [request = 1, reply = 1] = process.argv.slice(2).map(Number);

listen((socket) => {
  let received = 0;
  socket.on("data", (chunk) => {
    received += chunk.length;
    const requests = Math.floor(received / request);
    received -= requests * request;
    if (requests > 0) socket.write(Buffer.alloc(requests * reply, "x"));
  });
});
