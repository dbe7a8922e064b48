/** TPMT_PUBLIC (TPM 2.0 part 2, section 12.2.4): a key, what it may do, and the name that a TPM gives it. */
import { createPublicKey, type KeyObject } from "node:crypto"
import { encodeBase64url } from "@assay/did"
import { MalformedError } from "../malformed.ts"
import { nameOf } from "./names.ts"
import { TpmReader } from "./reader.ts"

export const ALG = {
  rsa: 0x0001,
  sha1: 0x0004,
  sha256: 0x000b,
  null: 0x0010,
  rsassa: 0x0014,
  ecdsa: 0x0018,
  ecc: 0x0023,
} as const
const P256 = 0x0003
const DEFAULT_EXPONENT = 65_537

/** TPMA_OBJECT, section 8.3.2. */
const BIT = { fixedTpm: 1, fixedParent: 4, sensitiveDataOrigin: 5, restricted: 16, decrypt: 17, sign: 18 } as const
type Attribute = keyof typeof BIT

/** @param word TPMA_OBJECT */
export const attributesIn =
  (word: number): ((attribute: Attribute) => boolean) =>
  (attribute) =>
    ((word >>> BIT[attribute]) & 1) === 1

export interface PublicArea {
  readonly kind: "ES256" | "RS256"
  readonly key: KeyObject
  /** nameAlg and hash: by this a TPM names the key (part 1, section 16). */
  readonly name: Uint8Array
  has(attribute: Attribute): boolean
}

/** A key that signs nothing but what its TPM made, and that cannot leave it. */
export const isAttestationKey = (key: PublicArea): boolean =>
  (["restricted", "sign", "fixedTpm", "fixedParent", "sensitiveDataOrigin"] as const).every((one) => key.has(one)) &&
  !key.has("decrypt")

/** @throws MalformedError where the bytes are no such key: SHA-256 names, P-256 or RSA */
export const readPublicArea = (bytes: Uint8Array): PublicArea => {
  const from = new TpmReader(bytes)
  const type = from.u16()
  if (from.u16() !== ALG.sha256) throw new MalformedError("the name of the key is no SHA-256")
  const has = attributesIn(from.u32())
  from.sized() // authPolicy
  if (from.u16() !== ALG.null) throw new MalformedError("a key with a symmetric algorithm does not sign")
  if (from.u16() !== ALG.null) from.u16() // the scheme's hash: what counts is the signature's, which the policy pins
  const isEcc = type === ALG.ecc
  if (!isEcc && type !== ALG.rsa) throw new MalformedError(`a key of type ${type}`)
  const key = importedKey(isEcc ? readPoint(from) : readRsaKey(from))
  from.end()
  return { kind: isEcc ? "ES256" : "RS256", key, name: nameOf(bytes), has }
}

/** @throws MalformedError where it is no key, such as a point off the curve */
export const importedKey = (jwk: Record<string, string>): KeyObject => {
  try {
    return createPublicKey({ key: jwk, format: "jwk" })
  } catch (cause) {
    throw new MalformedError((cause as Error).message)
  }
}

/** TPMS_ECC_PARMS behind the scheme, and the point. */
export const readPoint = (from: TpmReader): Record<string, string> => {
  if (from.u16() !== P256) throw new MalformedError("a curve other than P-256")
  if (from.u16() !== ALG.null) throw new MalformedError("a key derivation scheme")
  const [x, y] = [from.sized(), from.sized()].map((bytes) => {
    if (bytes.length > 32) throw new MalformedError("a coordinate of more than 32 bytes")
    return encodeBase64url(Buffer.concat([new Uint8Array(32 - bytes.length), bytes]))
  })
  return { kty: "EC", crv: "P-256", x: x!, y: y! }
}

/** TPMS_RSA_PARMS behind the scheme, and the modulus. */
export const readRsaKey = (from: TpmReader): Record<string, string> => {
  const bits = from.u16()
  const exponent = Buffer.alloc(4)
  exponent.writeUInt32BE(from.u32() || DEFAULT_EXPONENT)
  const modulus = from.sized()
  if (bits < 2_048 || bits > 4_096 || modulus.length * 8 !== bits)
    throw new MalformedError(`an RSA key of ${bits} bits`)
  return {
    kty: "RSA",
    n: encodeBase64url(modulus),
    e: encodeBase64url(exponent.subarray(exponent.findIndex((byte) => byte > 0))),
  }
}
