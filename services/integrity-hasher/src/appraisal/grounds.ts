/** The knowledge by which the hardware of one class of devices is appraised, looked up once for as long as it is in force. */
import { createHash } from "node:crypto"
import { type Endorsements, type References, referencesSubject } from "@assay/attestation"
import { type Active, itemKey, type Knowledge, type Subject } from "@assay/trust"
import { STAMP_BYTES } from "../state.ts"

export interface Grounds {
  readonly endorsements: Active<Endorsements>
  readonly references: Active<References>
  /** Stands for both of them: what was appraised under another stamp is appraised again. */
  readonly stamp: Buffer
  /** Hashes of both, hex. */
  readonly cited: ReadonlyArray<string>
  /** The same with that of the bundle, where a verdict rests on it too. */
  readonly withBundle: { readonly cited: ReadonlyArray<string> }
}

const known = new WeakMap<Knowledge, Map<string, Grounds | null>>()

const look = (knowledge: Knowledge, vendor: string, subject: string): Grounds | null => {
  const { items, bundle } = knowledge
  const endorsements = items.get(itemKey("endorsements", vendor)) as Active<Endorsements> | undefined
  const references = items.get(itemKey("reference-values", subject)) as Active<References> | undefined
  if (endorsements === undefined || references === undefined) return null
  // References of firmware alone say nothing of hardware.
  if (references.body.formats.length === 0) return null
  const cited = [endorsements.hash, references.hash]
  const stamp = createHash("sha256").update(cited.join("\n")).digest().subarray(0, STAMP_BYTES)
  const withBundle = { cited: bundle === null ? cited : [bundle.hash, ...cited] }
  return { endorsements, references, stamp, cited, withBundle }
}

/** Null where nothing is in force for the class. Whether it has expired is the entry's to say (`isOver`). */
export const groundsOf = (knowledge: Knowledge, { vendor, class: deviceClass }: Subject): Grounds | null => {
  let bySubject = known.get(knowledge)
  if (bySubject === undefined) {
    bySubject = new Map()
    known.set(knowledge, bySubject)
  }
  const subject = referencesSubject(vendor, deviceClass)
  let found = bySubject.get(subject)
  if (found === undefined) {
    found = look(knowledge, vendor, subject)
    bySubject.set(subject, found)
  }
  return found
}

export const isOver = ({ endorsements, references }: Grounds, time: number): boolean =>
  endorsements.expires <= time || references.expires <= time
