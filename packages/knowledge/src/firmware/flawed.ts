/** All firmware that is listed as vulnerable or revoked, of every class. Looked up once for as long as nothing changes. */
import type { ReferenceStatus, References } from "@assay/attestation"
import { type Active, type Knowledge, kindOfItem, type TrustBundle } from "@assay/trust"
import { firmwareOf, type KnownFirmware, worstOf } from "./known.ts"

export interface FlawedFirmware {
  readonly vendor: string
  readonly class: string
  readonly version: string
  readonly digest: string
  readonly status: Exclude<ReferenceStatus, "good">
}

const known = new WeakMap<Knowledge, ReadonlyArray<FlawedFirmware>>()
/** Of one class: what the roots alone list stays the same object while other knowledge changes. */
const ofClass = new WeakMap<KnownFirmware, ReadonlyArray<FlawedFirmware>>()
const ofBundle = new WeakMap<Active<TrustBundle>, ReadonlyArray<Class>>()

type Class = readonly [vendor: string, cls: string]

const distinct = (all: Iterable<Class>): ReadonlyArray<Class> => [
  ...new Map([...all].map((one) => [JSON.stringify(one), one])).values(),
]

const classesInBundle = (bundle: Active<TrustBundle>): ReadonlyArray<Class> => {
  const before = ofBundle.get(bundle)
  if (before !== undefined) return before
  const found = distinct(bundle.body.firmware.map((one): Class => [one.vendor, one.class]))
  ofBundle.set(bundle, found)
  return found
}

/** Every class of which somebody lists firmware. */
const classesOf = ({ bundle, items }: Knowledge): ReadonlyArray<Class> => {
  const ofMakers: Array<Class> = []
  for (const [item, active] of items) {
    if (kindOfItem(item) !== "reference-values") continue
    const { vendor, class: cls } = (active as Active<References>).body
    ofMakers.push([vendor, cls])
  }
  return distinct([...(bundle === null ? [] : classesInBundle(bundle)), ...ofMakers])
}

const flawedIn = (firmware: KnownFirmware, [vendor, cls]: Class): ReadonlyArray<FlawedFirmware> => {
  const before = ofClass.get(firmware)
  if (before !== undefined) return before
  const found = [...(firmware.model?.byDigest ?? [])].flatMap(([digest, same]) => {
    const status = worstOf(same)
    if (status === "good") return []
    const versions = [...new Set(same.map(({ version }) => version))]
    return versions.map((version): FlawedFirmware => ({ vendor, class: cls, version, digest, status }))
  })
  // That of nothing listed is shared by all classes.
  if (firmware.model !== null) ofClass.set(firmware, found)
  return found
}

export const flawedFirmware = (knowledge: Knowledge): ReadonlyArray<FlawedFirmware> => {
  const before = known.get(knowledge)
  if (before !== undefined) return before
  const found = classesOf(knowledge).flatMap((one) => {
    const firmware = firmwareOf(knowledge, ...one)
    return firmware === null ? [] : flawedIn(firmware, one)
  })
  known.set(knowledge, found)
  return found
}
