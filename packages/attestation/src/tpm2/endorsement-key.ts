/** Endorsement keys: TPMT_PUBLIC (TCG EK credential profile, templates L-1, L-2, H-1, H-2), and the chain of their certificate. */
import type { KeyObject } from "node:crypto"
import type { OpenedEndorsements } from "../knowledge/endorsements.ts"
import { MalformedError } from "../malformed.ts"
import { type Chain, verifyChain } from "../x509/chain.ts"
import { nameOf } from "./names.ts"
import { ALG, attributesIn, importedKey, readPoint, readRsaKey } from "./public-area.ts"
import { TpmReader } from "./reader.ts"

const AES = 0x0006
const CFB = 0x0043
/** tcg-kp-EKCertificate (TCG EK credential profile, section 3.2.16). */
const EK_CERTIFICATE = "2.23.133.8.1"
/** Subject directory attributes, with which makers describe the TPM; nothing is decided by them. */
const UNDERSTOOD: ReadonlySet<string> = new Set(["2.5.29.9"])

export interface EndorsementKey {
  readonly kind: "RSA" | "ECC"
  readonly key: KeyObject
  readonly name: Uint8Array
  /** Of AES in CFB, by which it protects what it is the parent of: 128 or 256. */
  readonly symmetricBits: number
}

/** It decrypts, and signs nothing. @throws MalformedError where the bytes are no such key: SHA-256 names, AES, RSA or P-256 */
export const readEndorsementKey = (bytes: Uint8Array): EndorsementKey => {
  const from = new TpmReader(bytes)
  const type = from.u16()
  if (from.u16() !== ALG.sha256) throw new MalformedError("the name of the endorsement key is no SHA-256")
  const has = attributesIn(from.u32())
  const needed = ["fixedTpm", "fixedParent", "sensitiveDataOrigin", "restricted", "decrypt"] as const
  if (!needed.every(has) || has("sign"))
    throw new MalformedError("no storage key that its TPM made and never gives away")
  from.sized() // authPolicy
  if (from.u16() !== AES) throw new MalformedError("an endorsement key with another cipher than AES")
  const symmetricBits = from.u16()
  if ((symmetricBits !== 128 && symmetricBits !== 256) || from.u16() !== CFB)
    throw new MalformedError("an endorsement key with another mode than AES-128-CFB or AES-256-CFB")
  if (from.u16() !== ALG.null) throw new MalformedError("an endorsement key with a scheme")
  if (type !== ALG.ecc && type !== ALG.rsa) throw new MalformedError(`an endorsement key of type ${type}`)
  const key = importedKey(type === ALG.ecc ? readPoint(from) : readRsaKey(from))
  from.end()
  return { kind: type === ALG.ecc ? "ECC" : "RSA", key, name: nameOf(bytes), symmetricBits }
}

/**
 * The chain of an endorsement key's certificate, up to a maker of TPMs that is in force, or a sentence that says why it ends at none.
 * @param chain DER, leaf first
 * @param time milliseconds since 1970
 */
export const verifyEndorsementChain = (
  chain: ReadonlyArray<Uint8Array>,
  { roots, revoked }: OpenedEndorsements,
  time: number,
): Chain | string => {
  const found = verifyChain(chain, { roots: roots.get("tpm2") ?? [], revoked, time, understood: UNDERSTOOD })
  if (typeof found === "string") return found
  const { isCa, extendedUsage } = found.leaf
  return isCa || (extendedUsage.length > 0 && !extendedUsage.includes(EK_CERTIFICATE))
    ? "the certificate is none of an endorsement key"
    : found
}
