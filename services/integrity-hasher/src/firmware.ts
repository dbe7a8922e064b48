/**
 * Whether the claimed firmware is a known state, by what the roots and its maker list (`@assay/knowledge/firmware`), and the
 * device's own past. A claim is the device's word, so its assurance is `claimed`.
 */
import { digestOfSet } from "@assay/attestation"
import { checkFirmware, type FirmwareParts, firmwareOf, type KnownFirmware, NO_PARTS } from "@assay/knowledge/firmware"
import type { FirmwareClaim, Knowledge, MessageEntry, ReasonCode } from "@assay/trust"
import { NO_REASONS } from "@assay/trust/kit"
import type { FirmwareDraft, FirmwareMark } from "./state.ts"

export interface Checked {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** What the device runs, as a known reference has it; null where none is. */
  readonly claimed: FirmwareMark | null
  /** For people; null where the reasons say it all. */
  readonly why: string | null
}

/** Of a device of which no firmware is known. */
export const NO_MARK: FirmwareMark = { svn: -1, model: "" }

const refused = (reason: ReasonCode): Checked => ({ reasons: [reason], claimed: null, why: null })

/** No claim. */
export const UNCLAIMED: Checked = { reasons: NO_REASONS, claimed: null, why: null }
const UNCOMPARED = refused("integrity.knowledge_missing")

/** What a claim is compared with; null where there is no claim, or no bundle. */
export const knownFor = (fw: FirmwareClaim | null, knowledge: Knowledge): KnownFirmware | null =>
  fw === null ? null : firmwareOf(knowledge, fw.vendor, fw.class)

/**
 * Compares a claim with the credential, what is listed and the device's own past, in this order.
 * @param parts what the message says beside the claim; they count only where its maker lists components or slots
 */
export const checkClaim = (
  { message, knowledge, time }: MessageEntry,
  claim: FirmwareClaim,
  known: KnownFirmware | null,
  past: FirmwareMark,
  parts: FirmwareParts = NO_PARTS,
): Checked => {
  if (known === null) return UNCOMPARED
  const { subject } = message
  if (subject !== null && (subject.vendor !== claim.vendor || subject.class !== claim.class))
    return refused("integrity.firmware_mismatched")
  if (parts.components.length > 0 && digestOfSet(parts.components) !== claim.digest)
    return refused("integrity.firmware_components")
  const highest = known.model !== null && past.model === known.model.name ? past.svn : -1
  const compared = { knowledge, device: message.claims!.iss, time, highest }
  const { reasons, release, why } = checkFirmware(known, claim, compared, parts)
  return { reasons, claimed: release === null ? null : { svn: release.svn, model: known.model!.name }, why }
}

/** A security version counts once so many clean messages have followed it, over so long. An update may roll itself back. */
const CONFIRMING = { messages: 8, ms: 600_000 }

/**
 * What a clean message teaches of the firmware, in place. The first version that is known of a device is taken at once.
 * @param claimed null where the message claims none: it confirms what was claimed before
 * @returns whether anything changed
 */
export const learnFirmware = (draft: FirmwareDraft, claimed: FirmwareMark | null, time: number): boolean => {
  if (claimed !== null && (draft.model !== claimed.model || draft.svn < 0)) {
    draft.model = claimed.model
    draft.svn = claimed.svn
    draft.risingSvn = -1
    return true
  }
  if (claimed !== null && claimed.svn !== draft.risingSvn) {
    const isHigher = claimed.svn > draft.svn
    if (!isHigher && draft.risingSvn < 0) return false
    draft.risingSvn = isHigher ? claimed.svn : -1
    draft.risingCount = isHigher ? 1 : 0
    draft.risingSince = time
    return true
  }
  if (draft.risingSvn < 0) return false
  draft.risingCount = Math.min(draft.risingCount + 1, CONFIRMING.messages)
  if (draft.risingCount < CONFIRMING.messages || time - draft.risingSince < CONFIRMING.ms) return true
  draft.svn = draft.risingSvn
  draft.risingSvn = -1
  return true
}
