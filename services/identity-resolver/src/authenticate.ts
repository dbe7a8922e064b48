/** Who signed this, as far as the bytes and their place alone can tell: no state, no knowledge. Runs a batch ahead. */
import { cachedResolver, type KnownKey } from "@assay/did"
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
}

export type Prepared = Unauthentic | Authentic

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
  const resolve = cachedResolver(maxKeys)
  const homes = new WeakMap<KnownKey, number>()
  const homeOf = (key: KnownKey): number => {
    const known = homes.get(key)
    if (known !== undefined) return known
    const home = ports.partitionOf(key.did)
    homes.set(key, home)
    return home
  }
  return async (messages: ReadonlyArray<AssayedMessage>): Promise<ReadonlyArray<Prepared>> => {
    const read = messages.map((message) => examine(message, resolve, homeOf))
    const candidates = read.filter((found) => "job" in found)
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

const verifyAll = async (
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
  homeOf: (key: KnownKey) => number,
): Candidate | Doubted | Unauthentic => {
  const opened = openMessage(message.envelope.bytes)
  if ("reason" in opened) return { reason: `identity.${opened.reason}`, detail: opened.detail }
  const { header, digest, read: found } = opened
  const iss = "reason" in found ? found.iss : signerOf(found.claims.iss)
  if (iss === null) return { reason: "identity.malformed_claims", detail: "reason" in found ? found.detail : "" }
  const key = resolve(iss)
  const doubt = "reason" in found ? { reason: "identity.malformed_claims" as const, detail: found.detail } : null
  if ("reason" in key) return doubt ?? { reason: `identity.${key.reason}` as ReasonCode, detail: key.detail }
  if (header.kid !== key.kid) return doubt ?? { reason: "identity.key_mismatch", detail: `expected ${key.kid}` }
  if (header.alg !== key.alg) return doubt ?? { reason: "identity.alg_refused", detail: `the key is for ${key.alg}` }
  const job = { alg: key.alg, publicKey: key.publicKey, signingInput: opened.signingInput, signature: opened.signature }
  if ("reason" in found) return { ...doubt!, job }
  if (message.key !== iss) return { reason: "identity.misrouted", detail: `under the key ${message.key.slice(0, 128)}` }
  const home = homeOf(key)
  if (message.origin.partition !== home) return { reason: "identity.misrouted", detail: `belongs to partition ${home}` }
  // The one string that the cache keeps for this device: five tables look states up by it, and equal strings that are
  // not the same one must be compared character by character each time.
  const name = delegateOf(found.claims.iss)
  const claims = Object.assign(found.claims, { iss: name === null ? key.did : delegatedId(key.did, name) })
  return { claims, readings: found.readings, fault: found.fault, digest, keyId: key.keyId, job }
}

/** A mistake that the holder of the key made itself is named as such: its maker must mend it, and nobody forged anything. */
const wellSigned = ({ reason, detail, job }: Doubted, result: number): Unauthentic => {
  const verification = result === ERROR ? verifyNow(job, job.signingInput, job.signature) : result
  return verification === VALID
    ? { reason, detail: `rightly signed by its iss, but ${detail}`, signed: true }
    : { reason, detail }
}

const settle = (found: Candidate, result: number): Prepared => {
  const { claims, readings, fault, digest, keyId, job } = found
  // A thread that died says nothing about the message; asking again here keeps the verdict the same as without the accident.
  const verification = result === ERROR ? verifyNow(job, job.signingInput, job.signature) : result
  return verification === VALID
    ? { claims, readings, fault, digest, keyId }
    : (REFUSALS[verification] ?? REFUSALS[ERROR]!)
}
