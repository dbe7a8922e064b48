/** Verifies evidence under the knowledge in force at its entry: signatures, and nothing that depends on the device's state. */
import {
  type Binding,
  type Bindings,
  type EvidenceRefused,
  type OpenedEndorsements,
  openEndorsements,
  type References,
  referencesSubject,
  type Shown,
  type Verify,
  verifyEvidence,
} from "@assay/attestation"
import { Lru } from "@assay/bounded"
import { VALID, verifierInPlace } from "@assay/jose/verify"
import { type FirmwareParts, readEvidenceBytes, readFirmwareParts } from "@assay/message"
import {
  type Active,
  type Entry,
  type FirmwareClaim,
  itemKey,
  type MessageClaims,
  type MessageEntry,
} from "@assay/trust"
import { type Grounds, groundsOf, isOver } from "./grounds.ts"

/** Null where nothing is in force by which it could be verified. */
export interface EvidenceFacts {
  readonly grounds: Grounds | null
  readonly found: Shown | EvidenceRefused | null
}

/** Undefined for every entry that brings neither evidence nor a claim that has parts to compare. */
export type IntegrityFacts = EvidenceFacts | FirmwareParts | undefined

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
  if (claims?.kind === "message") return partsOf(claims, envelope.bytes, knowledge)
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

/** Read again only where somebody lists what they could be compared with: few messages claim a firmware. */
const partsOf = (
  { fw }: MessageClaims,
  bytes: Uint8Array,
  knowledge: MessageEntry["knowledge"],
): FirmwareParts | undefined => {
  if (fw === null || !hasMaker(knowledge, fw)) return undefined
  return readFirmwareParts(bytes) ?? undefined
}

const hasMaker = ({ items }: MessageEntry["knowledge"], { vendor, class: cls }: FirmwareClaim): boolean =>
  (items.get(itemKey("reference-values", referencesSubject(vendor, cls))) as Active<References> | undefined)?.body
    .firmware !== undefined

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
