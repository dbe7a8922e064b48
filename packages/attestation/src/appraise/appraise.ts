/**
 * Appraises measurements under the knowledge in force: pure, and without the evidence itself, so that a later version of the
 * reference values, an advisory or a revoked certificate is applied to what was measured before.
 */
import type { OpenedEndorsements } from "../knowledge/endorsements.ts"
import type { ReferenceStatus } from "../knowledge/firmware.ts"
import type { References } from "../knowledge/references.ts"
import { indexOf, makersOf, type ReferenceIndex } from "./index-of.ts"
import { type Measured, SLOT } from "./measured.ts"
import { CLAIM, type EarStatus, statusOf, type Vector } from "./vector.ts"

/** How what was measured stands to what is listed. `unlisted` is the worst but for `revoked`. */
export type Standing = ReferenceStatus | "unlisted"

export interface Appraisal {
  readonly vector: Vector
  readonly status: EarStatus
  /** The worst of all measurements. */
  readonly standing: Standing
  /** For people: what is not as it should be, at most 8. */
  readonly findings: ReadonlyArray<string>
}

const ORDER: ReadonlyArray<Standing> = ["good", "vulnerable", "unlisted", "revoked"]
const worse = (a: Standing, b: Standing): Standing => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b)
const MAX_FINDINGS = 8

const EXECUTABLES: Readonly<Record<Standing, number>> = {
  good: CLAIM.approvedBoot,
  vulnerable: CLAIM.unsafeExecutables,
  unlisted: CLAIM.unrecognizedExecutables,
  revoked: CLAIM.contraindicatedExecutables,
}
const CONFIGURATION: Readonly<Record<Standing, number>> = {
  good: CLAIM.approvedConfiguration,
  vulnerable: CLAIM.unsafeConfiguration,
  unlisted: CLAIM.unsafeConfiguration,
  revoked: CLAIM.unsupportableConfiguration,
}
const HARDWARE: Readonly<Record<Standing, number>> = {
  good: CLAIM.genuineHardware,
  vulnerable: CLAIM.unsafeHardware,
  unlisted: CLAIM.unsafeHardware,
  revoked: CLAIM.contraindicatedHardware,
}

/** PCRs in which firmware measures configuration and not code (TCG PC Client profile, section 3.3.4). */
const OF_CONFIGURATION: ReadonlySet<number> = new Set([1, 3, 5, 7])

const nameOf = (slot: number): string =>
  slot >= SLOT.component
    ? "component"
    : slot >= SLOT.tpmFirmware
      ? "TPM firmware"
      : slot >= SLOT.event
        ? `event of PCR ${slot - SLOT.event}`
        : `PCR ${slot}`

/**
 * Slots that the references ask for and nothing was measured in: what is not shown is not good. A class may list both PCRs, for
 * devices with a TPM, and components, for others; each shows its own.
 */
const missing = (index: ReferenceIndex, all: ReadonlyArray<Measured>): ReadonlyArray<number> => {
  const isOfTpm = all.some(({ slot }) => slot <= SLOT.tpmFirmware)
  return [...index.keys()].filter(
    (slot) => slot <= SLOT.tpmFirmware === isOfTpm && !all.some((one) => one.slot === slot),
  )
}

const hardwareOf = (
  all: ReadonlyArray<Measured>,
  endorsements: OpenedEndorsements,
): { readonly claim: number; readonly finding: string | null } => {
  const { roots, revoked } = makersOf(endorsements)
  let isRooted = false
  for (const { slot, digest } of all) {
    const hex = Buffer.from(digest).toString("hex")
    if ((slot === SLOT.certificate || slot === SLOT.root) && revoked.has(hex))
      return { claim: CLAIM.contraindicatedHardware, finding: "a certificate of its maker's chain is revoked" }
    if (slot === SLOT.root && roots.has(hex)) isRooted = true
  }
  return isRooted
    ? { claim: CLAIM.genuineHardware, finding: null }
    : { claim: CLAIM.unrecognizedHardware, finding: "the root of its maker is in force no more" }
}

export const appraise = (
  all: ReadonlyArray<Measured>,
  endorsements: OpenedEndorsements,
  references: References,
): Appraisal => {
  const index = indexOf(references)
  const worst = { executables: "good" as Standing, configuration: "good" as Standing, hardware: "good" as Standing }
  const judged = { executables: false, configuration: false, hardware: false }
  const findings: Array<string> = []
  const note = (slot: number, standing: Standing, shown: string): void => {
    const pcr = slot % 32
    const part =
      slot === SLOT.tpmFirmware
        ? "hardware"
        : slot < SLOT.tpmFirmware && OF_CONFIGURATION.has(pcr)
          ? "configuration"
          : "executables"
    worst[part] = worse(worst[part], standing)
    judged[part] = true
    if (standing !== "good" && findings.length < MAX_FINDINGS) findings.push(`${nameOf(slot)} ${shown}: ${standing}`)
  }
  for (const { slot, digest } of all) {
    const listed = index.get(slot)
    if (listed === undefined) continue
    const hex = Buffer.from(digest).toString("hex")
    note(slot, listed.get(hex) ?? "unlisted", hex)
  }
  for (const slot of missing(index, all)) note(slot, "unlisted", "(not shown)")
  const hardware = hardwareOf(all, endorsements)
  if (hardware.finding !== null) findings.unshift(hardware.finding)
  const vector: Vector = {
    "instance-identity": CLAIM.recognizedInstance,
    ...(judged.configuration ? { configuration: CONFIGURATION[worst.configuration] } : {}),
    ...(judged.executables ? { executables: EXECUTABLES[worst.executables] } : {}),
    hardware: Math.max(hardware.claim, HARDWARE[worst.hardware]),
  }
  const standing = worse(worse(worst.executables, worst.configuration), worst.hardware)
  return { vector, status: statusOf(vector), standing, findings: findings.slice(0, MAX_FINDINGS) }
}
