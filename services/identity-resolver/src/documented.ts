/**
 * Whose signature a message bears, where its key stands in a document: found under the document in force at the message's place,
 * for a chunk of entries at once.
 */
import type { VerifyJob } from "@assay/jose/verify"
import { type Entry, signerOf } from "@assay/trust"
import {
  type Authentic,
  type Awaiting,
  type Prepared,
  type Unauthentic,
  verifyAll,
  whyRefused,
} from "./authenticate.ts"
import { keyAt, whyUnsupported } from "./documents.ts"
import type { IdentityFacts } from "./facts.ts"
import type { IdentityPorts } from "./limits.ts"

type Prepareds = ReadonlyArray<Prepared | undefined>

interface Named {
  /** Its place in the chunk. */
  readonly index: number
  readonly job: VerifyJob
  readonly authentic: Authentic
}

/** The facts of a chunk. At once where no message waits for its document, as with did:key and did:jwk. */
export const gatherDocumented =
  (ports: Pick<IdentityPorts, "verify">) =>
  (
    entries: ReadonlyArray<Entry>,
    prepared: Prepareds,
  ): ReadonlyArray<IdentityFacts> | Promise<ReadonlyArray<IdentityFacts>> =>
    prepared.some(waits) ? verified(ports, entries, prepared) : (prepared as ReadonlyArray<IdentityFacts>)

const waits = (found: Prepared | undefined): found is Awaiting => found !== undefined && "awaits" in found

/** What is to be verified of a message, or why no key of the document in force counts for it. */
const candidateOf = ({ awaits, ...found }: Awaiting, entry: Entry, index: number): Named | Unauthentic => {
  if (entry.kind !== "message" && entry.kind !== "admission") throw new Error(`a ${entry.kind} was prepared`)
  const { alg, fragment, flaw, relationship, signingInput, signature } = awaits
  const did = signerOf(found.claims.iss)
  const refused = whyUnsupported(did, entry.knowledge) ?? flaw
  if (refused !== null) return refused
  const named = keyAt(entry, { did, fragment, relationship })
  if ("reason" in named) return named
  const { key, keyId, hash, version } = named
  if (alg !== key.alg) return { reason: "identity.alg_refused", detail: `the key is for ${key.alg}` }
  const job = { alg: key.alg, publicKey: key.publicKey, signingInput, signature }
  return { index, job, authentic: { ...found, keyId, document: { hash, version } } }
}

const verified = async (
  ports: Pick<IdentityPorts, "verify">,
  entries: ReadonlyArray<Entry>,
  prepared: Prepareds,
): Promise<ReadonlyArray<IdentityFacts>> => {
  const facts: Array<IdentityFacts> = []
  const named: Array<Named> = []
  prepared.forEach((found, index) => {
    if (!waits(found)) {
      facts[index] = found
      return
    }
    const key = candidateOf(found, entries[index]!, index)
    if ("job" in key) named.push(key)
    else facts[index] = key
  })
  const results = named.length === 0 ? new Uint8Array(0) : await verifyAll(ports, named)
  named.forEach(({ index, job, authentic }, n) => {
    facts[index] = whyRefused(job, results[n]!) ?? authentic
  })
  return facts
}
