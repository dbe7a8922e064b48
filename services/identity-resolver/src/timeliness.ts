/** Time: not from before this log, not from the future, a presentation fresh, a message not stale. Pure; seconds and milliseconds as named. */
import type { MessageClaims } from "@assay/trust"
import type { IdentityLimits } from "./limits.ts"

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** Whether `iat` (seconds) lies ahead of the log's time (ms) by more than the skew that a clock may have. */
export const isFromFuture = (limits: IdentityLimits, iat: number, time: number): boolean =>
  iat - time / 1000 > limits.futureSkew

/** Why `iat` (seconds) says that the message is older than the log, which began at `genesis` (ms); null where it is not. */
export const beforeGenesis = (limits: IdentityLimits, iat: number, genesis: number): string | null =>
  iat * 1000 < genesis - limits.futureSkew * 1000
    ? `iat ${iat} is before ${seconds(genesis)}, where this log begins`
    : null

/** Why a presentation is neither fresh nor of this moment: anybody could have kept it. Null where it is timely. */
export const presentationUntimely = (limits: IdentityLimits, iat: number, time: number): string | null => {
  const { presentationFreshness, futureSkew } = limits
  const age = time / 1000 - iat
  if (age <= presentationFreshness && age >= -futureSkew) return null
  return `iat ${iat} must be at most ${presentationFreshness} s before and ${futureSkew} s after ${seconds(time)}`
}

/** Whether a message is older than its action may be. */
export const isStale = (limits: IdentityLimits, { act, iat }: MessageClaims, time: number): boolean =>
  time / 1000 - iat > limits.freshness[act]
