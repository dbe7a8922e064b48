/**
 * Whether the claimed firmware is a known state, by the references of the trust bundle. The rules are those of
 * `research/integrity.md` as far as a claim allows: a claim is the device's word, so its assurance is `claimed`.
 */
import type { Active, FirmwareClaim, FirmwareReference, ReasonCode, Subject, TrustBundle } from "@assay/trust"
import type { FirmwareDraft, FirmwareMark } from "./state.ts"

/** References of one vendor and class. */
interface Model {
  /** `vendor/class`. */
  readonly name: string
  readonly byDigest: Map<string, Array<FirmwareReference>>
  readonly versions: Set<string>
  readonly minimum: number
}

export interface FirmwareIndex {
  /** What a verdict cites that relied on it. */
  readonly cited: ReadonlyArray<string>
  readonly models: Map<string, Map<string, Model>>
}

export interface Checked {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** What the device runs, as a known reference has it; null where none is. */
  readonly claimed: FirmwareMark | null
}

/** Of a device of which no firmware is known. */
export const NO_MARK: FirmwareMark = { svn: -1, model: "" }

const GOOD: ReadonlyArray<ReasonCode> = []
const NOTHING_TO_LEARN = { claimed: null } as const
const indices = new WeakMap<Active<TrustBundle>, FirmwareIndex>()

/** The index of a bundle, built once for as long as the bundle is in force. */
export const indexOf = (bundle: Active<TrustBundle>): FirmwareIndex => {
  const known = indices.get(bundle)
  if (known !== undefined) return known
  const index = compile(bundle)
  indices.set(bundle, index)
  return index
}

const compile = ({ hash, body }: Active<TrustBundle>): FirmwareIndex => {
  const models = new Map<string, Map<string, Model>>()
  for (const reference of body.firmware) {
    const classes = models.get(reference.vendor) ?? new Map<string, Model>()
    models.set(reference.vendor, classes)
    const name = `${reference.vendor}/${reference.class}`
    const minimum = Object.hasOwn(body.minimumSvn, name) ? body.minimumSvn[name]! : 0
    const model = classes.get(reference.class) ?? { name, byDigest: new Map(), versions: new Set(), minimum }
    classes.set(reference.class, model)
    model.versions.add(reference.version)
    const same = model.byDigest.get(reference.digest) ?? []
    model.byDigest.set(reference.digest, [...same, reference])
  }
  return { cited: [hash], models }
}

/** Compares a claim with the references, the credential and the device's own past, in this order. */
export const checkFirmware = (
  index: FirmwareIndex,
  claim: FirmwareClaim,
  subject: Subject | null,
  past: FirmwareMark,
): Checked => {
  if (subject !== null && (subject.vendor !== claim.vendor || subject.class !== claim.class)) {
    return { reasons: ["integrity.firmware_mismatched"], ...NOTHING_TO_LEARN }
  }
  const model = index.models.get(claim.vendor)?.get(claim.class)
  if (model === undefined) return { reasons: ["integrity.firmware_unreferenced"], ...NOTHING_TO_LEARN }
  const same = model.byDigest.get(claim.digest)
  if (same === undefined) {
    const tampered = model.versions.has(claim.version)
    const reasons: ReadonlyArray<ReasonCode> = [tampered ? "integrity.firmware_tampered" : "integrity.firmware_unknown"]
    return { reasons, ...NOTHING_TO_LEARN }
  }
  const reference = same.find(({ version, svn }) => version === claim.version && svn === claim.svn)
  if (reference === undefined) return { reasons: ["integrity.firmware_lying"], ...NOTHING_TO_LEARN }
  const highest = past.model === model.name ? past.svn : -1
  const reasons = standing(reference, Math.max(model.minimum, highest))
  return { reasons, claimed: { svn: reference.svn, model: model.name } }
}

const standing = ({ svn, status }: FirmwareReference, lowest: number): ReadonlyArray<ReasonCode> => {
  if (status === "good" && svn >= lowest) return GOOD
  const reasons: Array<ReasonCode> = []
  if (svn < lowest) reasons.push("integrity.firmware_rolled_back")
  if (status === "revoked") reasons.push("integrity.firmware_revoked")
  if (status === "vulnerable") reasons.push("integrity.firmware_vulnerable")
  return reasons
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
