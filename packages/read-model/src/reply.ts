/**
 * What a reply of Redis that is an error says. The protocol (RESP, "Simple errors") defines one thing of its text: the first
 * word, in capitals, is the kind of error. The driver gives no other code, so that word is taken here, and nowhere else.
 */
import { ReplyError } from "ioredis"

export interface ErrorReply {
  /** `WRONGPASS`, `NOPERM`, `OOM` and so on; `ERR` is every error that has no kind of its own. */
  readonly kind: string
  /** The command that was refused, in small letters; null where the driver does not say. */
  readonly command: string | null
}

/** Null where the error is none of Redis itself: a connection that broke, an answer that did not come. */
export const errorReplyOf = (cause: unknown): ErrorReply | null => {
  if (!(cause instanceof ReplyError)) return null
  const { message, command } = cause as Error & { readonly command?: { readonly name?: string } }
  return { kind: message.split(" ", 1)[0] ?? "", command: command?.name?.toLowerCase() ?? null }
}
