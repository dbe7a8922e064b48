/**
 * Who signed this, as far as the bytes and their place alone can tell: no state, no knowledge. Runs a batch ahead. A DID whose
 * keys stand in a document is left to `documented.ts`, at the message's place in the order.
 */
import { Lru } from "@assay/bounded"
import { cachedResolver, isKidOfDevice, type KnownKey, kidOfDevice } from "@assay/did"
import { hasDocument, locate, type Relationship } from "@assay/did-document"
import { ERROR, INVALID, VALID, type VerifyJob, verifyNow, WEAK_KEY } from "@assay/jose/verify"
import { openMessage } from "@assay/message"
import {
  type AssayedMessage,
  type Claims,
  delegatedId,
  delegateOf,
  type Reading,
  type ReasonCode,
  signerOf,
} from "@assay/trust"
import type { IdentityPorts } from "./limits.ts"

/** Anybody could have sent it. `detail` is for people. */
export interface Unauthentic {
  readonly reason: ReasonCode
  readonly detail: string
  /** Its `iss` signed it all the same. */
  readonly signed?: true
}

/** Signed by the key of `claims.iss`, or of the gateway that it names, and where that key's messages belong. */
export interface Authentic {
  readonly claims: Claims
  readonly readings: ReadonlyArray<Reading>
  /** What is wrong with its readings; null where nothing is. */
  readonly fault: string | null
  /** SHA-256 of the signing input. */
  readonly digest: Uint8Array
  /** The one name of the key that signed it: a device may write its DID in several ways. */
  readonly keyId: string
  /** The document by which that key is the device's; left out where its DID is the key. */
  readonly document?: CitedDocument
}

/** What a verdict cites of a document. */
export interface CitedDocument {
  /** Hash of the item of knowledge. */
  readonly hash: string
  /** For people: `2-Qm...`. */
  readonly version: string
}

/** Rightly made and routed, and signed by a key that a document may list. */
export interface Awaiting extends Omit<Authentic, "keyId" | "document"> {
  readonly awaits: {
    readonly alg: string
    /** What follows `#` in its kid. */
    readonly fragment: string
    /** What is wrong with it all the same, where it counts only if the bundle takes the method; null where nothing is. */
    readonly flaw: Unauthentic | null
    readonly relationship: Relationship
    readonly signingInput: Uint8Array
    readonly signature: Uint8Array
  }
}

export type Prepared = Unauthentic | Authentic | Awaiting

interface Candidate extends Authentic {
  readonly job: VerifyJob
}

/** No message, but its signature tells whose mistake that is. */
interface Doubted extends Unauthentic {
  readonly job: VerifyJob
}

/** What was found wrong, for each result of a verification but VALID. */
const REFUSALS: Readonly<Record<number, Unauthentic>> = {
  [INVALID]: { reason: "identity.signature_invalid", detail: "the signature does not verify" },
  [WEAK_KEY]: { reason: "identity.weak_key", detail: "the key is no point of its curve" },
  [ERROR]: { reason: "identity.verifier_failed", detail: "the verifier failed" },
}

/** Builds the authentication of a batch. Never throws and never rejects; results stand in the order of the messages. */
export const authenticator = (ports: Pick<IdentityPorts, "partitionOf" | "verify">, maxKeys: number) => {
  const resolve = cachedResolver(maxKeys, ports.partitionOf)
  const places = documentedPlaces(ports.partitionOf, maxKeys)
  return async (messages: ReadonlyArray<AssayedMessage>): Promise<ReadonlyArray<Prepared>> => {
    const read = messages.map((message) => examine(message, resolve, places))
    const candidates = read.filter((found): found is Candidate | Doubted => "job" in found)
    const results = candidates.length === 0 ? NONE : await verifyAll(ports, candidates)
    let next = 0
    return read.map((found) => {
      if (!("job" in found)) return found
      const result = results[next++]!
      return "reason" in found ? wellSigned(found, result) : settle(found, result)
    })
  }
}

const NONE = new Uint8Array(0)

export const verifyAll = async (
  ports: Pick<IdentityPorts, "verify">,
  candidates: ReadonlyArray<{ readonly job: VerifyJob }>,
) => {
  try {
    return await ports.verify(candidates.map(({ job }) => job))
  } catch {
    return new Uint8Array(candidates.length).fill(ERROR)
  }
}

/** The checks that need no signature, cheapest first. */
const examine = (
  message: AssayedMessage,
  resolve: (did: string) => KnownKey | { readonly reason: string; readonly detail: string },
  places: (did: string) => DocumentedPlace | string,
): Candidate | Doubted | Unauthentic | Awaiting => {
  const opened = openMessage(message.envelope.bytes)
  if ("reason" in opened) return { reason: `identity.${opened.reason}`, detail: opened.detail }
  const { header, digest, read: found } = opened
  const iss = "reason" in found ? found.iss : signerOf(found.claims.iss)
  if (iss === null) return { reason: "identity.malformed_claims", detail: "reason" in found ? found.detail : "" }
  if (hasDocument(iss)) return examineDocumented(message, opened, iss, places)
  const key = resolve(iss)
  const doubt = "reason" in found ? { reason: "identity.malformed_claims" as const, detail: found.detail } : null
  if ("reason" in key) return doubt ?? { reason: `identity.${key.reason}` as ReasonCode, detail: key.detail }
  if (!isKidOfDevice(key.did, header.kid))
    return doubt ?? { reason: "identity.key_mismatch", detail: `expected ${kidOfDevice(key.did)}` }
  if (header.alg !== key.alg) return doubt ?? { reason: "identity.alg_refused", detail: `the key is for ${key.alg}` }
  const job = { alg: key.alg, publicKey: key.publicKey, signingInput: opened.signingInput, signature: opened.signature }
  if ("reason" in found) return { ...doubt!, job }
  if (message.key !== iss) return { reason: "identity.misrouted", detail: `under the key ${message.key.slice(0, 128)}` }
  if (message.origin.partition !== key.home)
    return { reason: "identity.misrouted", detail: `belongs to partition ${key.home}` }
  // The one string that the cache keeps for this device: five tables look states up by it, and equal strings that are
  // not the same one must be compared character by character each time.
  const name = delegateOf(found.claims.iss)
  const claims = Object.assign(found.claims, { iss: name === null ? key.did : delegatedId(key.did, name) })
  return { claims, readings: found.readings, fault: found.fault, digest, keyId: key.keyId, job }
}

interface DocumentedPlace {
  /** The one string for this DID, as of a key. */
  readonly did: string
  readonly home: number
  /** Whether its method counts only where the bundle names it. */
  readonly isUniversal: boolean
}

/** DIDs of late, with where their messages belong; of a DID that can name no document, what is wrong with it. */
const documentedPlaces = (partitionOf: (device: string) => number, capacity: number) => {
  const known = new Lru<DocumentedPlace>(capacity)
  return (did: string): DocumentedPlace | string => {
    const seen = known.get(did)
    if (seen !== undefined) return seen
    const location = locate(did)
    if ("reason" in location) return location.detail
    const place = { did, home: partitionOf(did), isUniversal: location.method === "universal" }
    known.set(did, place)
    return place
  }
}

const flawOf = ({ key, origin }: AssayedMessage, kid: string, { did, home }: DocumentedPlace): Unauthentic | null => {
  if (!kid.startsWith(`${did}#`)) return { reason: "identity.key_mismatch", detail: `expected ${did}#...` }
  if (key !== did) return { reason: "identity.misrouted", detail: `under the key ${key.slice(0, 128)}` }
  return origin.partition === home ? null : { reason: "identity.misrouted", detail: `belongs to partition ${home}` }
}

/** The same checks of a DID whose keys stand in a document, but for those that need the key. */
const examineDocumented = (
  message: AssayedMessage,
  { header, digest, signingInput, signature, read }: Extract<ReturnType<typeof openMessage>, { header: unknown }>,
  iss: string,
  places: (did: string) => DocumentedPlace | string,
): Unauthentic | Awaiting => {
  if ("reason" in read) return { reason: "identity.malformed_claims", detail: read.detail }
  const place = places(iss)
  if (typeof place === "string") return { reason: "identity.did_invalid", detail: place }
  const { kid, alg } = header
  const flaw = flawOf(message, kid, place)
  if (flaw !== null && !place.isUniversal) return flaw
  const name = delegateOf(read.claims.iss)
  const claims = Object.assign(read.claims, { iss: name === null ? place.did : delegatedId(place.did, name) })
  const relationship = claims.kind === "presentation" ? "authentication" : "assertion"
  const awaits = { alg, fragment: kid.slice(iss.length + 1), flaw, relationship, signingInput, signature } as const
  return { claims, readings: read.readings, fault: read.fault, digest, awaits }
}

/** A mistake that the holder of the key made itself is named as such: its maker must mend it, and nobody forged anything. */
const wellSigned = ({ reason, detail, job }: Doubted, result: number): Unauthentic => {
  const verification = result === ERROR ? verifyNow(job, job.signingInput, job.signature) : result
  return verification === VALID
    ? { reason, detail: `rightly signed by its iss, but ${detail}`, signed: true }
    : { reason, detail }
}

const settle = ({ claims, readings, fault, digest, keyId, job }: Candidate, result: number): Prepared =>
  whyRefused(job, result) ?? { claims, readings, fault, digest, keyId }

/** Null for a signature that holds. A thread that died says nothing: asking again here keeps the verdict the same as without the accident. */
export const whyRefused = (job: VerifyJob, result: number): Unauthentic | null => {
  const verification = result === ERROR ? verifyNow(job, job.signingInput, job.signature) : result
  return verification === VALID ? null : (REFUSALS[verification] ?? REFUSALS[ERROR]!)
}
