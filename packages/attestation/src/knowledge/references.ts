/**
 * What a class of devices may run and show: the firmware that its maker has released, and what its hardware may measure (measured
 * boot, TPM firmware, components).
 */
import { type Fault, integer, list, object, oneOf, optional, type Path, type Reader, text } from "@assay/jose/shape"
import { FORMATS, type Format, modelName } from "./endorsements.ts"
import { type Firmware, firmwareShape, REFERENCE_STATUSES, type ReferenceStatus } from "./firmware.ts"

export interface ReferenceValue {
  /** SHA-256, hex; of components SHA-384 or SHA-512 too. */
  readonly digest: string
  /** For people. */
  readonly name: string
  /** An advisory is a later version that lists the same digest with another status. */
  readonly status: ReferenceStatus
}

/** Times in milliseconds. */
export interface References {
  readonly version: number
  readonly issued: number
  readonly expires: number
  readonly vendor: string
  readonly class: string
  /** What its devices may claim to run. Left out: what the bundle lists. */
  readonly firmware?: Firmware | undefined
  /** Evidence of these formats is taken, and of no others; none where there is firmware alone. */
  readonly formats: ReadonlyArray<Format>
  /** `none`: the hardware measures nothing (a secure element), and stands for who the device is alone. */
  readonly measurements: "listed" | "none"
  /** PCRs whose value must be listed. */
  readonly pcrs: ReadonlyArray<{ readonly index: number; readonly values: ReadonlyArray<ReferenceValue> }>
  /** PCRs whose every event must be listed; the order is that of the log, which reproduces the quoted value. */
  readonly events: ReadonlyArray<{ readonly index: number; readonly values: ReadonlyArray<ReferenceValue> }>
  /** Firmware of the TPM as quotes state it, 16 hex digits; none: it does not count. */
  readonly tpmFirmware: ReadonlyArray<{ readonly version: string; readonly status: ReferenceStatus }>
  /** Layers and components by their digest (DICE, PSA); none where evidence of those formats is not taken. */
  readonly components: ReadonlyArray<ReferenceValue>
}

const MAX_VALUES = 4_096

const value = object({
  digest: text(128, /^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/, "lower-case hex of SHA-256, 384 or 512"),
  name: text(128),
  status: oneOf(REFERENCE_STATUSES),
})
const rule = object({ index: integer(0, 23), values: list(value, MAX_VALUES, 1) })

const references: Reader<References> = object({
  version: integer(1),
  issued: integer(),
  expires: integer(),
  vendor: modelName,
  class: modelName,
  firmware: optional(firmwareShape, undefined),
  formats: list(oneOf(FORMATS), FORMATS.length),
  measurements: oneOf(["listed", "none"]),
  pcrs: list(rule, 24),
  events: list(rule, 24),
  tpmFirmware: list(
    object({
      version: text(16, /^[0-9a-f]{16}$/, "16 hex digits, lower case"),
      status: oneOf(REFERENCE_STATUSES),
    }),
    256,
  ),
  components: list(value, MAX_VALUES),
})

const twice = (keys: ReadonlyArray<string | number>): number => keys.findIndex((key, n) => keys.indexOf(key) !== n)

const checkTogether = (found: References, path: Path, faults: Fault[]): void => {
  if (found.expires <= found.issued) faults.push({ path: [...path, "expires"], message: "must be later than issued" })
  const rules = [...found.pcrs, ...found.events]
  if (found.formats.length === 0 && found.firmware === undefined)
    faults.push({ path: [...path, "formats"], message: "must name a format where there is no firmware" })
  if (found.formats.length === 0 && rules.length + found.components.length + found.tpmFirmware.length > 0)
    faults.push({ path: [...path, "formats"], message: "must name the formats in which the measurements are shown" })
  if (rules.length + found.components.length > 0 !== (found.measurements === "listed"))
    faults.push({
      path: [...path, "measurements"],
      message: "is listed exactly where there are pcrs, events or components",
    })
  for (const member of ["pcrs", "events"] as const) {
    const again = twice(found[member].map(({ index }) => index))
    if (again >= 0) faults.push({ path: [...path, member, again], message: "names the same PCR again" })
  }
}

export const referencesShape: Reader<References> = (given, path, faults) => {
  const found = references(given, path, faults)
  if (found !== undefined) checkTogether(found, path, faults)
  return faults.length === 0 ? found : undefined
}

/** The subject of an item. */
export const referencesSubject = (vendor: string, deviceClass: string): string => `${vendor}/${deviceClass}`
