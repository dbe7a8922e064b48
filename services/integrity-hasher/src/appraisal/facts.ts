/** Verifies evidence under the knowledge in force at its entry: signatures, and nothing that depends on the device's state. */
import {
  type Binding,
  type Bindings,
  type EvidenceRefused,
  type OpenedEndorsements,
  openEndorsements,
  type Shown,
  type Verify,
  verifyEvidence,
} from "@assay/attestation"
import { Lru } from "@assay/bounded"
import { VALID, verifierInPlace } from "@assay/jose/verify"
import { readEvidenceBytes } from "@assay/message"
import type { Entry, MessageEntry } from "@assay/trust"
import { type Grounds, groundsOf, isOver } from "./grounds.ts"

/** Null where nothing is in force by which it could be verified. */
export interface EvidenceFacts {
  readonly grounds: Grounds | null
  readonly found: Shown | EvidenceRefused | null
}

/** Undefined for every entry that brings no evidence. */
export type IntegrityFacts = EvidenceFacts | undefined

/** Keys of challengers and endorsers. */
const MAX_KEYS = 64

/** Bindings of hardware that are remembered for one vendor: 4 kB each. */
const MAX_BINDINGS = 2_048

const UNGROUNDED: EvidenceFacts = { grounds: null, found: null }

const factsOf = (
  { message, knowledge, time }: MessageEntry,
  verify: Verify,
  bindingsOf: (endorsements: OpenedEndorsements) => Bindings,
): IntegrityFacts => {
  const { claims, subject, envelope } = message
  if (claims?.kind !== "evidence") return undefined
  const { bundle } = knowledge
  const grounds = subject === null ? null : groundsOf(knowledge, subject)
  if (bundle === null || grounds === null || isOver(grounds, time)) return UNGROUNDED
  const { formats } = grounds.references.body
  if (!(formats as ReadonlyArray<string>).includes(claims.format)) {
    const detail = `evidence of this class is ${formats.join(", ")}, not ${claims.format}`
    return { grounds, found: { reason: "evidence_format", detail } }
  }
  const signed = readEvidenceBytes(envelope.bytes)
  if (signed === null) return { grounds, found: { reason: "evidence_malformed", detail: "the bytes are no evidence" } }
  const { trustDomain, challengers = [], endorsers = [] } = bundle.body
  const endorsements = openEndorsements(grounds.endorsements.body)
  const bindings = bindingsOf(endorsements)
  const context = { device: claims.iss, trustDomain, time, challengers, endorsers, endorsements, verify, bindings }
  return { grounds, found: verifyEvidence(signed.challenge, signed.evidence, context) }
}

/** The gatherer of one stage. Evidence is rare: it is verified on the spot. */
export const gatherer = (): ((entries: ReadonlyArray<Entry>) => ReadonlyArray<IntegrityFacts>) => {
  const verifyJobs = verifierInPlace({ keys: MAX_KEYS })
  const verify: Verify = (job) => verifyJobs([job])[0] === VALID
  const known = new WeakMap<OpenedEndorsements, Lru<Binding>>()
  const bindingsOf = (endorsements: OpenedEndorsements): Bindings => {
    const bindings = known.get(endorsements) ?? new Lru<Binding>(MAX_BINDINGS)
    known.set(endorsements, bindings)
    return bindings
  }
  return (entries) =>
    entries.map((entry) => (entry.kind === "message" ? factsOf(entry, verify, bindingsOf) : undefined))
}
