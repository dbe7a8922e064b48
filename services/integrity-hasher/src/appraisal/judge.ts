/** Judges evidence: does it hold, is it newer than what the hardware showed before, and what does it come to? Pure. */
import { type Appraisal, appraise, openEndorsements, type Shown } from "@assay/attestation"
import { type EvidenceClaims, type Judged, type MessageEntry, mayLearn, type ReasonCode } from "@assay/trust"
import { NO_REASONS, verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "../logic.ts"
import { type IntegrityDraft, type IntegrityState, KEY_BYTES, LAYOUT } from "../state.ts"
import type { EvidenceFacts } from "./facts.ts"
import type { Grounds } from "./grounds.ts"
import { appraisalEvent } from "./record.ts"

type Outcome = Judged<IntegrityState, never>
type Row = ReturnType<IntegrityDraft["appraised"]["at"]>

const verdict = (
  reasons: ReadonlyArray<ReasonCode>,
  grounds: Grounds | null,
  detail: object,
  holds = false,
): Outcome => ({
  verdict: verdictOf(LOGIC_VERSION, {
    reasons,
    knowledge: grounds?.withBundle.cited ?? NO_REASONS,
    assurance: holds ? "hardware" : "none",
    detail: JSON.stringify(detail),
  }),
  state: undefined,
})

/** Why it comes after something newer; null where it does not. */
const whyNotNewer = (before: Row, { key, challengedAt, counters }: Shown): readonly [ReasonCode, string] | null => {
  if (challengedAt <= before.challengedAt)
    return ["integrity.challenge_used", `a challenge of ${new Date(before.challengedAt).toISOString()} was answered`]
  if (counters === null || Buffer.compare(before.key, keyBytes(key)) !== 0) return null
  const { resets, restarts, clock } = counters
  const found =
    [resets - before.resets, restarts - before.restarts, clock - before.clock].find((more) => more !== 0) ?? 0
  return found < 0
    ? [
        "integrity.evidence_rolled_back",
        `resets ${resets}, restarts ${restarts}, clock ${clock}: it stated more before`,
      ]
    : null
}

/** Operators have ended the binding that the evidence rests on; null where they have not. Tokens are made in whole seconds. */
const whyUnbound = ({ boundFrom }: Row, { endorsedAt }: Shown): readonly [ReasonCode, string] | null =>
  endorsedAt !== null && endorsedAt < Math.floor(boundFrom / 1000)
    ? [
        "integrity.binding_ended",
        `operators ended at ${new Date(boundFrom).toISOString()} what this endorsement says: enrol again`,
      ]
    : null

const keyBytes = (key: string): Buffer => Buffer.from(key, "base64url").subarray(-KEY_BYTES)

const isSame = ({ measured }: Row, shown: Shown): boolean =>
  measured.length === shown.measured.length &&
  shown.measured.every(
    ({ slot, digest }, n) => measured.at(n).slot === slot && Buffer.compare(measured.at(n).digest, digest) === 0,
  )

/** Nobody is charged for what passed before and is refused only because the references changed. */
const reasonsOf = ({ standing }: Appraisal, passedBefore: boolean): ReadonlyArray<ReasonCode> => {
  if (standing === "good") return NO_REASONS
  if (standing === "vulnerable") return ["integrity.boot_vulnerable"]
  if (standing === "revoked") return ["integrity.boot_revoked"]
  return [passedBefore ? "integrity.reference_changed" : "integrity.boot_unlisted"]
}

const keep = (
  draft: IntegrityDraft,
  { epo, format }: EvidenceClaims,
  { key, challengedAt, counters, measured }: Shown,
  { status }: Appraisal,
  { stamp }: Grounds,
  until: number,
): void => {
  const boundFrom = draft.appraised.length === 0 ? 0 : draft.appraised.at(0).boundFrom
  draft.appraised.clear()
  const row = draft.appraised.push()
  Object.assign(row, {
    boundFrom,
    key: keyBytes(key),
    format,
    challengedAt,
    epo,
    until,
    status,
    stamp,
    claim: draft.passed,
  })
  if (counters !== null) Object.assign(row, counters)
  for (const { slot, digest } of measured) {
    const one = row.measured.push()
    one.slot = slot
    one.digest = digest
  }
}

export const judgeEvidence = (
  entry: MessageEntry,
  claims: EvidenceClaims,
  state: IntegrityState | undefined,
  facts: EvidenceFacts,
): Outcome => {
  const { message, time } = entry
  const { format, iss, digest } = claims
  const { grounds, found } = facts
  if (grounds === null || found === null) return verdict(["integrity.evidence_unappraised"], null, { format })
  if ("reason" in found) return verdict([`integrity.${found.reason}`], grounds, { format, why: found.detail })
  // What failed before, or may be of a mere carrier's making, teaches nothing.
  if (!mayLearn(message.verdicts)) return verdict(NO_REASONS, grounds, { format })
  const draft = LAYOUT.draft(state)
  const before = draft.appraised.length === 0 ? null : draft.appraised.at(0)
  const refused = before === null ? null : (whyUnbound(before, found) ?? whyNotNewer(before, found))
  if (refused !== null) {
    LAYOUT.discard(draft)
    return verdict([refused[0]], grounds, { format, why: refused[1] })
  }
  const { endorsements, references } = grounds
  const appraisal = appraise(found.measured, openEndorsements(endorsements.body), references.body)
  const passedBefore = before?.passed === true && isSame(before, found)
  const until = Math.min(time + endorsements.body.appraisal.renewMs, endorsements.expires, references.expires)
  const holds = appraisal.status === "affirming"
  keep(draft, claims, found, appraisal, grounds, until)
  draft.appraised.at(0).passed = holds || passedBefore
  const { status, findings } = appraisal
  return {
    ...verdict(reasonsOf(appraisal, passedBefore), grounds, { format, status, findings, until }, holds),
    state: LAYOUT.seal(draft),
    events: [appraisalEvent(iss, format, appraisal, grounds, time, until, digest)],
  }
}
