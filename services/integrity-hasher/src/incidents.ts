/**
 * Whose mistake is a firmware that the references do not list? Where the same device passed with the very same claim before,
 * the references changed and not the device: an incident, which charges nobody. A digest that no reference ever listed and
 * that several devices show is the other way round: an alarm, and no amnesty. Pure.
 */
import { createHash } from "node:crypto"
import { bool, bytes, list, oneOf, recordLayout, type StateOf, u32 } from "@assay/layout"
import type { AuditDraft, FirmwareClaim, MessageEntry, ReasonCode, StateView } from "@assay/trust"
import { CLAIM_BYTES, type IntegrityDraft, type IntegrityState } from "./state.ts"

/** Claims that a partition counts devices of; the one with the fewest makes room. */
const MAX_COUNTED = 16
/** A digest on so many devices, and on this part of the admitted ones, is an alarm. */
const ALARM_DEVICES = 3
const ALARM_SHARE = 0.01

export const INCIDENTS = recordLayout({
  name: "firmware incidents",
  version: 1,
  fields: {
    counted: list(
      {
        /** Of the claim under the references that refuse it. */
        key: bytes(CLAIM_BYTES),
        kind: oneOf(["unlisted", "changed"]),
        devices: u32(),
        /** Whether it was recorded. */
        isRecorded: bool(),
      },
      MAX_COUNTED,
    ),
  },
})
export type Incidents = StateOf<typeof INCIDENTS>
type States = StateView<IntegrityState, Incidents>

/** What these reasons say, a reference said or lacked. */
const BY_REFERENCE: ReadonlySet<ReasonCode> = new Set([
  "integrity.firmware_unknown",
  "integrity.firmware_tampered",
  "integrity.firmware_lying",
  "integrity.firmware_mixed",
])
const CHANGED: ReadonlyArray<ReasonCode> = ["integrity.reference_changed"]

const keyOf = (...parts: ReadonlyArray<string | number>): Buffer =>
  createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, CLAIM_BYTES)

/** One claim as a device makes it. */
export const claimKey = ({ vendor, class: kind, version, digest, svn }: FirmwareClaim): Buffer =>
  keyOf(vendor, kind, version, digest, svn)

/** What is held against a claim, and the hashes of the knowledge that says so. */
export interface Said {
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly cited: ReadonlyArray<string>
}

export interface Weighed {
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly shared?: Incidents
  readonly events?: ReadonlyArray<AuditDraft>
}

/**
 * Weighs what the references have against a claim. Marks the draft, in place, where the device is counted for it.
 * @param counts whether the message may be held against its device
 */
export const weighClaim = (
  draft: IntegrityDraft,
  entry: MessageEntry,
  claim: FirmwareClaim,
  { reasons, cited }: Said,
  states: States,
  counts: boolean,
): Weighed => {
  if (!reasons.some((code) => BY_REFERENCE.has(code)))
    return { reasons: hasFailed(entry.message.verdicts) ? reasons : corrected(draft, claim, reasons) }
  const isChanged = Buffer.compare(draft.passed, claimKey(claim)) === 0
  const found = isChanged ? CHANGED : reasons
  const device = entry.message.claims!.iss
  if (!counts || !states.isAdmitted(device)) return { reasons: found }
  if (!isChanged) draft.refused = claimKey(claim)
  const key = keyOf(cited.join("\n"), claim.vendor, claim.class, claim.version, claim.digest)
  if (Buffer.compare(draft.counted, key) === 0) return { reasons: found }
  draft.counted = key
  return { reasons: found, ...count(key, isChanged, entry, claim, states) }
}

/** What failed before takes nothing back: a carrier that held it until it was stale would use the correction up. */
const hasFailed = ({ identity, credential }: MessageEntry["message"]["verdicts"]): boolean =>
  identity?.outcome === "fail" || credential?.outcome === "fail"

/** The references list now what they refused: it is said once, and forgotten with the message. Marks the draft, in place. */
const corrected = (
  draft: IntegrityDraft,
  claim: FirmwareClaim,
  reasons: ReadonlyArray<ReasonCode>,
): ReadonlyArray<ReasonCode> => {
  if (isNone(draft.refused) || reasons.some((code) => !PASSES.has(code))) return reasons
  if (Buffer.compare(draft.refused, claimKey(claim)) !== 0) return reasons
  draft.refused = NONE
  return [...reasons, "integrity.reference_corrected"]
}

/** With these a claim passes: they are no word on whether it is listed. */
const PASSES: ReadonlySet<ReasonCode> = new Set([
  "integrity.firmware_vulnerable",
  "integrity.firmware_slot_unsafe",
  "integrity.firmware_behind",
  "integrity.firmware_ahead",
])
const NONE = new Uint8Array(CLAIM_BYTES)
const isNone = (key: Uint8Array): boolean => key.every((byte) => byte === 0)

/** One more device that shows it. */
const count = (
  key: Buffer,
  isChanged: boolean,
  entry: MessageEntry,
  claim: FirmwareClaim,
  { shared, admitted }: States,
): Pick<Weighed, "shared" | "events"> => {
  const draft = INCIDENTS.draft(shared)
  const { counted } = draft
  let row = null
  let fewest = 0
  for (let i = 0; i < counted.length; i++) {
    if (Buffer.compare(counted.at(i).key, key) === 0) row = counted.at(i)
    if (counted.at(i).devices < counted.at(fewest).devices) fewest = i
  }
  if (row === null) {
    if (counted.length === MAX_COUNTED) counted.remove(fewest)
    row = counted.push()
    row.key = key
    row.kind = isChanged ? "changed" : "unlisted"
  }
  row.devices += 1
  const { devices } = row
  const isDue = isChanged || (devices >= ALARM_DEVICES && devices >= ALARM_SHARE * admitted)
  if (row.isRecorded || !isDue) return { shared: INCIDENTS.seal(draft) }
  row.isRecorded = true
  const what = isChanged
    ? "references changed: a firmware that passed before is refused, and nobody is charged with it"
    : "containment alarm: several devices show one firmware that no reference lists"
  const { version: bundle } = entry.knowledge.bundle!
  const detail = JSON.stringify({ what, ...claim, devices, admitted, bundle, first: entry.message.claims!.iss })
  return { shared: INCIDENTS.seal(draft), events: [{ kind: "incident", detail }] }
}
