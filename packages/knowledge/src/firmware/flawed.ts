/** All firmware that is listed as vulnerable or revoked, of every class. Looked up once for as long as nothing changes. */
import type { ReferenceStatus, References } from "@assay/attestation"
import { type Active, type Knowledge, kindOfItem } from "@assay/trust"
import { firmwareOf, worstOf } from "./known.ts"

export interface FlawedFirmware {
  readonly vendor: string
  readonly class: string
  readonly version: string
  readonly digest: string
  readonly status: Exclude<ReferenceStatus, "good">
}

const known = new WeakMap<Knowledge, ReadonlyArray<FlawedFirmware>>()

/** Every class of which somebody lists firmware. */
const classesOf = ({ bundle, items }: Knowledge): ReadonlyArray<readonly [vendor: string, cls: string]> => {
  const found = new Map<string, readonly [string, string]>()
  const note = (vendor: string, cls: string): void => {
    found.set(JSON.stringify([vendor, cls]), [vendor, cls])
  }
  for (const one of bundle?.body.firmware ?? []) note(one.vendor, one.class)
  for (const [item, active] of items) {
    if (kindOfItem(item) !== "reference-values") continue
    const { vendor, class: cls } = (active as Active<References>).body
    note(vendor, cls)
  }
  return [...found.values()]
}

export const flawedFirmware = (knowledge: Knowledge): ReadonlyArray<FlawedFirmware> => {
  const before = known.get(knowledge)
  if (before !== undefined) return before
  const found = classesOf(knowledge).flatMap(([vendor, cls]) => {
    const { model } = firmwareOf(knowledge, vendor, cls) ?? { model: null }
    return [...(model?.byDigest ?? [])].flatMap(([digest, same]) => {
      const status = worstOf(same)
      if (status === "good") return []
      return [...new Set(same.map(({ version }) => version))].map(
        (version): FlawedFirmware => ({ vendor, class: cls, version, digest, status }),
      )
    })
  })
  known.set(knowledge, found)
  return found
}
