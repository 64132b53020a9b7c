import { createBirpc } from "birpc";
import { v8Frames } from "../v8-frames.js";
import { listen } from "./listen.js";

listen((socket) => {
  /** @type {(message: any) => void} */
  let deliver = () => {};
  const post = v8Frames(socket, (message) => deliver(message));
  createBirpc(
    { echo: (/** @type {unknown} */ value) => value },
    {
      post,
      on: (listener) => {
        deliver = listener;
      },
    },
  );
});
