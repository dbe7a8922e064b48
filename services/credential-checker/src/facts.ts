/**
 * What judge needs: the bundle and the status lists in force as an index, and what became of each presented credential's signature. The only
 * asynchronous part of this stage, and only for credentials that were not seen before.
 */
import { createHash } from "node:crypto"
import { Lru } from "@assay/bounded"
import {
  type BundleView,
  type DeviceCredential,
  type KeyBinding,
  keyOf,
  readCredential,
  signed,
  viewOf,
  whyNotBound,
} from "@assay/credentials"
import { hasDocument } from "@assay/did-document"
import { ERROR, VALID, type VerifyJob, verifyNow } from "@assay/jose/verify"
import type { Entry, Knowledge, ReasonCode } from "@assay/trust"
import type { CredentialPorts } from "./limits.ts"
import { MAX_ACCEPTED } from "./state.ts"

export type Presented =
  | {
      readonly credential: DeviceCredential
      /** What its holder signed with it, not checked yet; null where it signed nothing. */
      readonly binding: KeyBinding | null
    }
  | {
      readonly reason: ReasonCode
      readonly detail: string
      /** Of a credential whose issuer the bundle does not have: the device may have shown it when it did. */
      readonly hash?: string
    }

export interface CredentialFacts {
  /** The bundle in force at the entry; null where none is. */
  readonly view: BundleView | null
  /** One per presented credential, in order; at most MAX_ACCEPTED are looked at. */
  readonly presented: ReadonlyArray<Presented>
}

const NO_BUNDLE: CredentialFacts = { view: null, presented: [] }

/** A signature on its way: where its result belongs, and what it comes to if it holds. */
interface Pending {
  readonly key: string
  readonly issuer: string
  readonly holds: () => Presented
  readonly forged: ReasonCode
  readonly job: VerifyJob
  readonly at: Presented[]
  readonly index: number
}

/** The gatherer of one stage, with its memory of verified credentials. */
export const gatherer = (
  ports: CredentialPorts,
  maxVerified: number,
): ((entries: ReadonlyArray<Entry>) => ReadonlyArray<CredentialFacts> | Promise<ReadonlyArray<CredentialFacts>>) => {
  const verified = new Lru<Presented>(maxVerified)
  const plain = new WeakMap<BundleView, CredentialFacts>()

  const plainOf = ({ bundle, items }: Knowledge): CredentialFacts => {
    if (bundle === null) return NO_BUNDLE
    const view = viewOf(bundle, items)
    let facts = plain.get(view)
    if (facts === undefined) {
      facts = { view, presented: [] }
      plain.set(view, facts)
    }
    return facts
  }

  const present = (tokens: ReadonlyArray<string>, view: BundleView, pending: Pending[]): ReadonlyArray<Presented> => {
    const found: Presented[] = []
    for (const token of tokens.slice(0, MAX_ACCEPTED)) {
      // A bundle, or a registry, may trust other issuers than the one before: what was found under it does not hold under another.
      const key = createHash("sha256").update(view.issuersBy).update(token).digest("base64")
      const known = verified.get(key) ?? settle(token, key, view, found, pending)
      if (known !== null) verified.set(key, known)
      found.push(known ?? UNSETTLED)
    }
    return found
  }

  return (entries) => {
    const pending: Pending[] = []
    /** Entries that present credentials: only these may hold key bindings. */
    const presenting: Array<number> = []
    const facts: Array<CredentialFacts> = entries.map((entry, at) => {
      const shared = plainOf(entry.knowledge)
      const claims = entry.kind === "message" ? entry.message.claims : null
      if (shared.view === null || claims?.kind !== "presentation" || claims.credentials.length === 0) return shared
      presenting.push(at)
      return { view: shared.view, presented: present(claims.credentials, shared.view, pending) }
    })
    const bound = (): ReadonlyArray<CredentialFacts> => {
      for (const at of presenting) facts[at] = checkBindings(facts[at]!, entries[at]!)
      return facts
    }
    if (pending.length === 0) return bound()
    return ports.verify(pending.map(({ job }) => job)).then((results) => {
      pending.forEach((item, i) => {
        const outcome = conclude(item, results[i])
        item.at[item.index] = outcome
        verified.set(item.key, outcome)
      })
      return bound()
    })
  }
}

/** Stands where a signature is still being verified; replaced before anybody sees it. */
const UNSETTLED: Presented = { reason: "credential.signature_invalid", detail: "not verified" }

/** A key binding is for one presentation, so what became of it is never kept with the credential. */
const checkBindings = (facts: CredentialFacts, entry: Entry): CredentialFacts => {
  if (!facts.presented.some((one) => "binding" in one && one.binding !== null)) return facts
  const { time } = entry
  const claims = entry.kind === "message" ? entry.message.claims : null
  const { bundle } = entry.knowledge
  if (claims === null || bundle === null) return facts
  const { trustDomain, challengers = [] } = bundle.body
  const context = { holder: claims.iss, aud: claims.aud, trustDomain, challengers, time }
  const presented = facts.presented.map((one): Presented => {
    const why = "binding" in one && one.binding !== null ? whyNotBound(one.binding, context) : null
    if (why === null) return one
    return { reason: why.isLate ? "credential.binding_late" : "credential.binding_refused", detail: why.detail }
  })
  return { ...facts, presented }
}

/** What can be said of a token without its signature; null where a job now waits for it. */
const settle = (
  token: string,
  key: string,
  view: BundleView,
  at: Presented[],
  pending: Pending[],
): Presented | null => {
  const read = readCredential(token)
  const isOdd = "detail" in read
  if (isOdd && read.claimed === undefined) return { reason: "credential.malformed", detail: read.detail }
  const { issuer, signed: part } = isOdd ? read.claimed! : { issuer: read.credential.terms.issuer, signed: read.signed }
  const malformed = (detail: string): Presented => ({ reason: "credential.malformed", detail })
  // Only a trusted issuer's signature is worth checking: anybody can sign as somebody nobody knows.
  if (view.issuer(issuer) === undefined)
    return isOdd
      ? malformed(read.detail)
      : { reason: "credential.issuer_untrusted", detail: issuer, hash: read.credential.hash }
  const signer = keyOf(part, issuer, view.documents)
  if ("detail" in signer)
    return isOdd ? malformed(read.detail) : { reason: whyNoKey(issuer, view), detail: signer.detail }
  const job: VerifyJob = {
    alg: signer.alg,
    publicKey: signer.publicKey,
    signingInput: part.signingInput,
    signature: part.signature,
  }
  const holds = (): Presented =>
    isOdd
      ? { reason: "credential.issued_malformed", detail: read.detail }
      : { credential: signed(read, signer), binding: read.binding }
  const forged = isOdd ? "credential.malformed" : "credential.signature_invalid"
  pending.push({ key, issuer, holds, forged, job, at, index: at.length })
  return null
}

/** A key that a document does not list is the issuer's affair: its device showed what it was given. */
const whyNoKey = (issuer: string, { documents }: BundleView): ReasonCode => {
  if (!hasDocument(issuer)) return "credential.signature_invalid"
  return documents(issuer) === null ? "credential.document_missing" : "credential.issuer_key_withdrawn"
}

const conclude = ({ issuer, holds, forged, job }: Pending, result: number | undefined): Presented => {
  // A thread that died says nothing about the signature; the answer must not depend on it.
  const sure = result === undefined || result === ERROR ? verifyNow(job, job.signingInput, job.signature) : result
  return sure === VALID ? holds() : { reason: forged, detail: `does not verify for ${issuer}` }
}
