import { expose } from "comlink";
import { v8Frames } from "../v8-frames.js";
import { listen } from "./listen.js";

listen((socket) => {
  /** @type {(event: any) => void} */
  let deliver = () => {};
  const post = v8Frames(socket, (data) => deliver({ data }));
  expose(
    { echo: (/** @type {unknown} */ value) => value },
    {
      postMessage: post,
      addEventListener: (_type, /** @type {any} */ listener) => {
        deliver = listener;
      },
      removeEventListener: () => {},
    },
  );
});
