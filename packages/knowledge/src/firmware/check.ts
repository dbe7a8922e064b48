/**
 * Is a claimed firmware a known and allowed state of its model? In this order: its digest is listed, under the version that it
 * claims; its security version is not too low; it is neither revoked nor vulnerable; it is what the device is to run. A claim is the
 * device's word, so all this says of hardware nothing. Pure.
 */
import type { FirmwareComponent } from "@assay/attestation"
import type { FirmwareClaim, Knowledge, ReasonCode } from "@assay/trust"
import { type FirmwareModel, isCurrent, type KnownFirmware, type Listed, worstOf } from "./known.ts"
import { driftOf } from "./target.ts"

/** What a device says beside the claim. */
export interface FirmwareParts {
  /** Its images, where it has several. Empty: it names none. */
  readonly components: ReadonlyArray<FirmwareComponent>
  /** What lies in the slot that it does not run; null where it does not say. */
  readonly spare: { readonly version: string; readonly svn: number; readonly digest: string } | null
}

export interface ComparedWith {
  readonly knowledge: Knowledge
  readonly device: string
  /** Milliseconds since 1970. */
  readonly time: number
  /** Of its own past, for this model; -1 for none. */
  readonly highest: number
}

export interface Compared {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** The release that it runs; null where none is known. */
  readonly release: Listed | null
  /** For people: which component, which target; null where the reasons say it all. */
  readonly why: string | null
}

export const NO_PARTS: FirmwareParts = { components: [], spare: null }
const NO_REASONS: ReadonlyArray<ReasonCode> = []

/** The components whose image no release has under that name, or null where each is of some release. */
const unlistedIn = (model: FirmwareModel, components: ReadonlyArray<FirmwareComponent>): string | null => {
  const listed = new Set<string>()
  for (const same of model.byDigest.values())
    for (const one of same) for (const { name, digest } of one.components) listed.add(`${digest} ${name}`)
  const found = components.filter(({ name, digest }) => !listed.has(`${digest} ${name}`)).map(({ name }) => name)
  return found.length === 0 ? null : found.join(", ")
}

/** A digest that nobody lists. */
const unlisted = (
  model: FirmwareModel,
  claim: FirmwareClaim,
  { components }: FirmwareParts,
  time: number,
): Compared => {
  // A list that has ended convicts nobody: the maker may have released since.
  if (model.until !== null && model.until <= time)
    return { reasons: ["integrity.references_expired"], release: null, why: null }
  const foreign = components.length === 0 ? "" : unlistedIn(model, components)
  if (foreign === null)
    return {
      reasons: ["integrity.firmware_mixed"],
      release: null,
      why: "each component is of a release, and no release has them together",
    }
  const reasons: ReadonlyArray<ReasonCode> = [
    model.versions.has(claim.version) ? "integrity.firmware_tampered" : "integrity.firmware_unknown",
  ]
  return { reasons, release: null, why: foreign === "" ? null : `of no release: ${foreign}` }
}

/** What is wrong with the slot that does not run; null where nothing is known against it. */
const whyUnsafe = ({ byDigest, minimum }: FirmwareModel, { spare }: FirmwareParts): string | null => {
  if (spare === null) return null
  const same = byDigest.get(spare.digest)
  if (same === undefined) return `the other slot holds ${spare.version}, of a digest that is not listed`
  if (worstOf(same) === "revoked") return `the other slot holds ${spare.version}, which is revoked`
  const svn = Math.min(...same.map((one) => one.svn))
  return svn < minimum ? `the other slot holds security version ${svn}, below ${minimum}` : null
}

/** @param parts what the message says beside the claim */
export const checkFirmware = (
  { model }: KnownFirmware,
  claim: FirmwareClaim,
  { knowledge, device, time, highest }: ComparedWith,
  parts: FirmwareParts = NO_PARTS,
): Compared => {
  if (model === null) return { reasons: ["integrity.firmware_unreferenced"], release: null, why: null }
  const same = model.byDigest.get(claim.digest)
  if (same === undefined) return unlisted(model, claim, parts, time)
  const matching = same.filter(({ version, svn }) => version === claim.version && svn === claim.svn)
  const release = matching[0]
  if (release === undefined) {
    const convicts = same.some((one) => isCurrent(model, one, time))
    return {
      reasons: [convicts ? "integrity.firmware_lying" : "integrity.references_expired"],
      release: null,
      why: null,
    }
  }
  const status = worstOf(same)
  const lowest = Math.max(model.minimum, highest)
  const unsafe = whyUnsafe(model, parts)
  const { vendor, class: cls, version } = claim
  const isEnded = !matching.some((one) => isCurrent(model, one, time))
  const drift = isEnded ? null : driftOf(model, knowledge, version, { device, vendor, class: cls, time })
  if (status === "good" && release.svn >= lowest && unsafe === null && drift === null && !isEnded)
    return { reasons: NO_REASONS, release, why: null }
  const reasons: Array<ReasonCode> = []
  if (release.svn < lowest) reasons.push("integrity.firmware_rolled_back")
  if (status === "revoked") reasons.push("integrity.firmware_revoked")
  if (status === "vulnerable") reasons.push("integrity.firmware_vulnerable")
  if (unsafe !== null) reasons.push("integrity.firmware_slot_unsafe")
  if (drift !== null) reasons.push(drift.is === "ahead" ? "integrity.firmware_ahead" : "integrity.firmware_behind")
  if (isEnded) reasons.push("integrity.references_expired")
  const target = drift === null ? null : `the wave ${drift.wave} runs ${drift.target}`
  return { reasons, release, why: [unsafe, target].filter((one) => one !== null).join("; ") || null }
}
