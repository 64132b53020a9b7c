import { Readable } from "node:stream";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { threadChildren } from "./children.js";
import type { OutputName, ToGuest, ToHost } from "./messages.js";
import { claimPort, releasePort } from "./ports.js";

/** The host's end of a thread's control port. */
export interface NearSide {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How the guest said it is about to end. */
  signalled(): string | undefined;
  /** Takes what was written past the guest, such as a warning before it was installed. */
  stray(stream: OutputName, chunk: Buffer): void;
  /** Takes what the thread sent before it ended, ends its output and its children. Safe to call twice. */
  finish(): void;
}

export function nearSide(
  control: MessagePort,
  tell: (message: ToGuest, transfer?: MessagePort[]) => void,
): NearSide {
  const output = { stdout: emptyReadable(), stderr: emptyReadable() };
  const ended = { stdout: false, stderr: false };
  const children = threadChildren();
  let claimed: number | undefined;
  let signalName: string | undefined;
  let isFinished = false;

  const unclaim = () => {
    if (claimed !== undefined) releasePort(claimed);
    claimed = undefined;
  };
  const connector = () => {
    const { port1, port2 } = new MessageChannel();
    tell({ type: "connection", port: port2 }, [port2]);
    return port1;
  };
  const endOutput = (stream: "stdout" | "stderr") => {
    if (!ended[stream]) output[stream].push(null);
    ended[stream] = true;
  };
  const receive = (message: ToHost) => {
    switch (message.type) {
      case "output":
        if (!ended[message.stream]) output[message.stream].push(bytesOf(message.chunk));
        break;
      case "output-end":
        endOutput(message.stream);
        break;
      case "claim":
        unclaim();
        claimed = claimPort(message.range, connector);
        tell({ type: "claimed", port: claimed });
        break;
      case "unclaim":
        unclaim();
        break;
      case "spawning":
      case "child":
      case "child-gone":
        children.hear(message);
        break;
      case "signalled":
        signalName = message.signal;
        break;
    }
  };
  control.on("message", receive);
  control.unref();

  return {
    ...output,
    signalled: () => signalName,
    stray: (stream, chunk) => receive({ type: "output", stream, chunk }),
    finish: () => {
      if (isFinished) return;
      isFinished = true;
      for (let last = receiveMessageOnPort(control); last; last = receiveMessageOnPort(control)) {
        receive(last.message as ToHost);
      }
      control.close();
      unclaim();
      children.end();
      endOutput("stdout");
      endOutput("stderr");
    },
  };
}

function emptyReadable(): Readable {
  return new Readable({ read: () => {} });
}

function bytesOf(chunk: string | Uint8Array): Buffer {
  return typeof chunk === "string"
    ? Buffer.from(chunk)
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
