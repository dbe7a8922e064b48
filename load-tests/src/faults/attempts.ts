/**
 * The submitter's own record: everything that it tried to submit, and what was acknowledged where. It knows nothing of the
 * services; the checker holds the streams against it.
 */
import { createHash } from "node:crypto"

export interface Attempt {
  /** Counts all attempts: the order in which they were made. */
  readonly nth: number
  readonly partition: number
  /** Whose it is for the order: the record's key, in hexadecimal. */
  readonly key: string
  readonly hash: string
  /** A record that is none of ours, planted. */
  readonly planted: boolean
  /** Where it stands, once acknowledged. */
  offset: number | null
}

/** Names a record by its key and what it carries (the signed bytes of a message, all of the value where it is none). */
export const fingerprint = (key: Uint8Array, bytes: Uint8Array): string =>
  createHash("sha256")
    .update(Buffer.of(key.length >> 8, key.length & 255))
    .update(key)
    .update(bytes)
    .digest("base64url")

export class AttemptLog {
  readonly attempts: Array<Attempt> = []
  acknowledged = 0
  /** No answer: they may lie on `submitted` or not. */
  unanswered = 0

  attempt(partition: number, key: Uint8Array, bytes: Uint8Array, planted = false): Attempt {
    const attempt: Attempt = {
      nth: this.attempts.length,
      partition,
      key: Buffer.from(key).toString("hex"),
      hash: fingerprint(key, bytes),
      planted,
      offset: null,
    }
    this.attempts.push(attempt)
    return attempt
  }

  acknowledge(attempt: Attempt, offset: number): void {
    attempt.offset = offset
    this.acknowledged++
  }
}
