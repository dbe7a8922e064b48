/**
 * What a message of the device is worth by the last appraisal of its hardware: a look at what is kept, and no signature. A later
 * boot, another firmware and a missed renewal end it at once; other knowledge appraises what is kept again. Pure.
 */
import { appraise, openEndorsements } from "@assay/attestation"
import type { AuditDraft, MessageClaims, MessageEntry } from "@assay/trust"
import { claimKey } from "../incidents.ts"
import type { IntegrityDraft } from "../state.ts"
import { type Grounds, groundsOf, isOver } from "./grounds.ts"
import { appraisalEvent, loweredEvent } from "./record.ts"

export interface Cached {
  /** Set where the hardware stands for the message. */
  readonly grounds: Grounds | null
  /** To be recorded where the state is kept. */
  readonly event: AuditDraft | null
}

const NOTHING: Cached = { grounds: null, event: null }

type Row = ReturnType<IntegrityDraft["appraised"]["at"]>

const isNone = (key: Uint8Array): boolean => key.every((byte) => byte === 0)

/** Why the message ends what was appraised; null where it does not. */
const whyLowered = (row: Row, { epo, fw }: MessageClaims, time: number): string | null => {
  if (time >= row.until) return "no evidence came in time"
  if (epo > row.epo) return `it booted again: epoch ${epo} after ${row.epo}`
  if (fw === null || isNone(row.claim) || Buffer.compare(claimKey(fw), row.claim) === 0) return null
  return `it claims another firmware: ${fw.version}`
}

/**
 * @param draft of the device; lowered, or appraised again, in place
 * @param counts whether the message may change what is known of its device
 */
export const cachedHardware = (
  draft: IntegrityDraft,
  { message: { subject }, knowledge, time }: MessageEntry,
  claims: MessageClaims,
  counts: boolean,
): Cached => {
  if (draft.appraised.length === 0) return NOTHING
  const row = draft.appraised.at(0)
  if (row.until === 0 || !counts || subject === null) return NOTHING
  const lowered = whyLowered(row, claims, time)
  if (lowered !== null) {
    row.until = 0
    return { grounds: null, event: loweredEvent(claims.iss, lowered) }
  }
  // Of an earlier boot, and late.
  if (claims.epo !== row.epo) return NOTHING
  if (claims.fw !== null && isNone(row.claim)) row.claim = claimKey(claims.fw)
  const grounds = groundsOf(knowledge, subject)
  if (grounds === null || isOver(grounds, time)) return NOTHING
  // What is taken from the class no more stands for nothing, though it was affirmed before.
  if (!(grounds.references.body.formats as ReadonlyArray<string>).includes(row.format)) return NOTHING
  const event = Buffer.compare(row.stamp, grounds.stamp) === 0 ? null : again(row, grounds, claims.iss, time)
  return { grounds: row.status === "affirming" ? grounds : null, event }
}

/** Appraises what was measured before under other knowledge. */
const again = (row: Row, grounds: Grounds, device: string, time: number): AuditDraft => {
  const { endorsements, references } = grounds
  const appraisal = appraise([...row.measured], openEndorsements(endorsements.body), references.body)
  row.status = appraisal.status
  if (appraisal.status === "affirming") row.passed = true
  row.stamp = grounds.stamp
  // Another policy may ask for evidence more often, never less often than when it was given.
  row.until = Math.min(row.until, time + endorsements.body.appraisal.renewMs)
  return appraisalEvent(device, row.format, appraisal, grounds, time, row.until, null)
}
