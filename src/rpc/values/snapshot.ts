import { decodeValue } from "./decode.js";
import { encodePlain, encodeValue, type LiveExports } from "./encode.js";
import { transfer } from "./marks.js";

/**
 * The arguments of a call that is sent later, as they are now: what their owner does to them afterwards does not reach
 * the call. What is live in them stays itself, and bytes that are to be moved are moved now.
 *
 * Throws `ERR_UNSERIALIZABLE` and `ERR_MESSAGE_TOO_LARGE`, as the sending would.
 */
export function snapshot(args: readonly unknown[], maxMessageBytes: number): readonly unknown[] {
  // All is cloned below, bytes and long lists too, which the walk leaves to the message.
  const rules = { maxMessageBytes, carriesViews: false };
  const plain = encodePlain(args, "args", rules);
  if (plain !== undefined) return plain.value as unknown[];
  const live: object[] = [];
  const keep: LiveExports = {
    returned: () => undefined,
    share: (_kind, value) => live.push(value) - 1,
  };
  const encoded = encodeValue(args, "args", keep, rules);
  const transferred = encoded.moved ?? [];
  const [value, moved] = structuredClone([encoded.value, transferred], { transfer: transferred });
  const copy = decodeValue(value, encoded.patches, {
    open: (_kind, channel) => live[channel] as object,
    own: (channel) => live[channel] as object,
  });
  for (const buffer of moved as ArrayBuffer[]) transfer(buffer);
  return copy as unknown[];
}
