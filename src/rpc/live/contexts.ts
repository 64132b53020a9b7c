import type { CallScope } from "../calls/call-scope.js";
import type { EncodeRules } from "../values/encode.js";

/** The call that a message belongs to, as far as the live values in it need it. */
export interface MessageContext {
  readonly scope: CallScope;
  /** What is in an argument lasts until its call ends, what is in a result until its holder lets go of it. */
  readonly role: "argument" | "result";
}

/** The same on the side that shares the values. */
export interface SharingContext extends MessageContext {
  /** `component.method`: what is later called through a function or an object of this message goes by it. */
  readonly label: string;
  /** Runs a step of a stream in the context of its call. */
  run<T>(step: () => T): T;
  /** The reader of the call's last stream has left while the producer waits for something. */
  interrupt(): void;
}

/** How the channels of live values are numbered and bounded, and what the messages may be. */
export interface ChannelRules extends EncodeRules {
  /** 2 for a host, 3 for a plugin; further ones follow in steps of two, so both sides number theirs alone. */
  readonly first: 2 | 3;
  /** The most that either side may have open. */
  readonly most: number;
}
