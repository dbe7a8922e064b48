/** Reference values, and certificates of makers, as tables: made once for as long as the knowledge is in force. */
import type { OpenedEndorsements } from "../knowledge/endorsements.ts"
import type { ReferenceStatus } from "../knowledge/firmware.ts"
import type { References } from "../knowledge/references.ts"
import { MEASURED_BYTES, SLOT } from "./measured.ts"

/** What is listed in each slot that must be listed: status by the hex of what is kept of a digest. */
export type ReferenceIndex = ReadonlyMap<number, ReadonlyMap<string, ReferenceStatus>>

const known = new WeakMap<References, ReferenceIndex>()

const short = (hex: string): string => hex.slice(0, 2 * MEASURED_BYTES)

export const indexOf = (references: References): ReferenceIndex => {
  const before = known.get(references)
  if (before !== undefined) return before
  const { pcrs, events, tpmFirmware, components } = references
  const index = new Map<number, Map<string, ReferenceStatus>>()
  const add = (slot: number, digest: string, status: ReferenceStatus): void => {
    const listed = index.get(slot) ?? new Map<string, ReferenceStatus>()
    index.set(slot, listed.set(digest, status))
  }
  for (const { index: pcr, values } of pcrs)
    for (const { digest, status } of values) add(SLOT.pcr + pcr, short(digest), status)
  for (const { index: pcr, values } of events)
    for (const { digest, status } of values) add(SLOT.event + pcr, short(digest), status)
  for (const { version, status } of tpmFirmware) add(SLOT.tpmFirmware, version.padEnd(2 * MEASURED_BYTES, "0"), status)
  for (const { digest, status } of components) add(SLOT.component, short(digest), status)
  known.set(references, index)
  return index
}

/** What is kept of the hashes of certificates, hex. */
export interface MakerIndex {
  readonly roots: ReadonlySet<string>
  readonly revoked: ReadonlySet<string>
}

const makers = new WeakMap<OpenedEndorsements, MakerIndex>()

export const makersOf = (endorsements: OpenedEndorsements): MakerIndex => {
  const before = makers.get(endorsements)
  if (before !== undefined) return before
  const roots = [...endorsements.roots.values()].flat()
  const index = {
    roots: new Set(roots.map(({ hash }) => short(hash.toString("hex")))),
    revoked: new Set([...endorsements.revoked].map(short)),
  }
  makers.set(endorsements, index)
  return index
}
