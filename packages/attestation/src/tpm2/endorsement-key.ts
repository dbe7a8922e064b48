/** TPMT_PUBLIC of an endorsement key: it decrypts and signs nothing (TCG EK credential profile, templates L-1, L-2, H-1, H-2). */
import type { KeyObject } from "node:crypto"
import { MalformedError } from "../malformed.ts"
import { nameOf } from "./names.ts"
import { ALG, importedKey, readPoint, readRsaKey } from "./public-area.ts"
import { TpmReader } from "./reader.ts"

const AES = 0x0006
const CFB = 0x0043
const BIT = { fixedTpm: 1, fixedParent: 4, sensitiveDataOrigin: 5, restricted: 16, decrypt: 17, sign: 18 } as const

export interface EndorsementKey {
  readonly kind: "RSA" | "ECC"
  readonly key: KeyObject
  readonly name: Uint8Array
  /** Of AES in CFB, by which it protects what it is the parent of: 128 or 256. */
  readonly symmetricBits: number
}

/** @throws MalformedError where the bytes are no such key: SHA-256 names, AES, RSA or P-256 */
export const readEndorsementKey = (bytes: Uint8Array): EndorsementKey => {
  const from = new TpmReader(bytes)
  const type = from.u16()
  if (from.u16() !== ALG.sha256) throw new MalformedError("the name of the endorsement key is no SHA-256")
  const attributes = from.u32()
  const has = (bit: number): boolean => ((attributes >>> bit) & 1) === 1
  const needed = [BIT.fixedTpm, BIT.fixedParent, BIT.sensitiveDataOrigin, BIT.restricted, BIT.decrypt]
  if (!needed.every(has) || has(BIT.sign))
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
