/** Is a message as young as its class or its credential asks, and do its readings lie where it says? Pure; seconds. */
import type { MessageClaims, Reading, ReasonCode } from "@assay/trust"
import type { AgedTerms, CredentialRules } from "./limits.ts"

export interface Aged {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** For people; null where there are no reasons. */
  readonly offence: string | null
}

/** Nothing is said about it. */
export const NOT_AGED: Aged = { reasons: [], offence: null }

/**
 * What the age of a message says, none of which charges its device: it may have been held back on its way. Old telemetry
 * only annotates: it was kept where there was no network.
 * @param time of the entry, milliseconds since 1970
 */
export const agedOf = (
  { act, iat }: MessageClaims,
  readings: ReadonlyArray<Reading>,
  terms: AgedTerms,
  time: number,
  rules: CredentialRules,
): Aged => {
  const most = rules.age(terms, act)
  const age = Math.ceil(time / 1000 - iat)
  if (age > most) {
    const offence = `${age} s old, and ${act} of the class ${terms.class} may be ${most} s old`
    return { reasons: [act === "telemetry" ? "credential.backfill" : "credential.stale"], offence }
  }
  const [earliest, latest] = [iat - most, iat + rules.skewMs / 1000]
  for (const { name, time: at } of readings)
    if (at < earliest || at > latest) {
      const offence = `${name} is of ${at}, and iat is ${iat}: from ${most} s before to ${rules.skewMs / 1000} s after it`
      return { reasons: ["credential.reading_time"], offence }
    }
  return NOT_AGED
}
