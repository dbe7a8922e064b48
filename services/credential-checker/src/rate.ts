/**
 * How often a device speaks. Pure, whole numbers, so that every machine computes the same.
 *
 * Its rate is judged by its own signed time and by the log's, whichever lets more pass: what a carrier held back and lets go
 * at once was signed in time, and a device whose clock stands still speaks in time by the log. Whoever holds the key can sign
 * any time, so a second bucket counts all that was newly signed by the log's time alone. It holds what a device can have said
 * within the greatest age that is accepted, which a carrier cannot fill.
 */
import { costOf, drawAfter } from "@assay/trust/kit"
import type { CredentialState } from "./state.ts"

type Buckets = Pick<CredentialState, "level" | "at" | "signed" | "used">

export interface Spent extends Buckets {
  /** For people: which limit it is beyond; null where it is within both. */
  readonly beyond: string | null
}

/**
 * Takes one message out of both. A refused message takes nothing; one that a later one overtook takes from the second alone,
 * since a carrier may have put it there.
 * @param iat its signed time, milliseconds since 1970
 * @param time of the entry, milliseconds since 1970, not running backwards
 * @param greatestAge seconds
 */
export const spend = (
  { level, at, signed, used }: Buckets,
  iat: number,
  time: number,
  ratePerMinute: number,
  greatestAge: number,
): Spent => {
  const most = costOf(ratePerMinute) * (1 + Math.ceil(greatestAge / 60))
  // Beyond what empties the bucket the product could leave the safe integers.
  const passed = Math.min(Math.max(time - at, 0), Math.ceil(most / ratePerMinute))
  const left = Math.max(0, used - passed * ratePerMinute)
  if (left + costOf(1) > most) {
    const beyond = `more than ${ratePerMinute} per minute, for longer than any message may be old`
    return { level, at: time, signed, used: left, beyond }
  }
  if (iat < signed) return { level, at, signed, used: used + costOf(1), beyond: null }
  const drawn = drawAfter(level, Math.max(time - at, iat - signed), ratePerMinute)
  if (!drawn.granted)
    return { level: drawn.level, at: time, signed: iat, used: left, beyond: `more than ${ratePerMinute} per minute` }
  return { level: drawn.level, at: time, signed: iat, used: left + costOf(1), beyond: null }
}
