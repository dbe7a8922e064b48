/** COSE_Sign1 (RFC 9052 section 4.2) as makers sign documents: ES256 or EdDSA, by one of the keys that the caller gave. */
import { type KeyObject, verify } from "node:crypto"
import { type Cbor, decodeCbor, isArray, isBytes, isCborFailure, isMap, SIGN1_TAG, signingInputOf } from "@assay/cose"
import { FirmwareError } from "./error.ts"

const ALG = 1
const CRIT = 2

/** By the value of `alg`: what kind of key, and which hash. */
const ALGORITHMS = new Map<
  Cbor | undefined,
  { readonly kind: string; readonly curve?: string; readonly hash: string | null }
>([
  [-7, { kind: "ec", curve: "prime256v1", hash: "sha256" }],
  [-9, { kind: "ec", curve: "prime256v1", hash: "sha256" }],
  [-35, { kind: "ec", curve: "secp384r1", hash: "sha384" }],
  [-51, { kind: "ec", curve: "secp384r1", hash: "sha384" }],
  [-8, { kind: "ed25519", hash: null }],
  [-19, { kind: "ed25519", hash: null }],
])

const bad = (what: string): FirmwareError => new FirmwareError("firmware.malformed", what)

/** The value of these bytes. @throws FirmwareError */
export const decodeOf = (bytes: Uint8Array, what: string): Cbor => {
  const found = decodeCbor(bytes, "definite")
  if (isCborFailure(found)) throw bad(`${what}: ${found.detail}`)
  return found
}

export interface MakersSign1 {
  /** Null where it is detached. */
  readonly payload: Uint8Array | null
  readonly header: ReadonlyMap<number | string, Cbor>
  /** Whether one of the keys signed it. @param detached the payload, where it is not inside */
  isSignedBy(keys: ReadonlyArray<KeyObject>, detached?: Uint8Array): boolean
}

/** The parts, the signature not checked. @throws FirmwareError where it is no COSE_Sign1 */
export const readSign1 = (bytes: Uint8Array, what: string): MakersSign1 => {
  const parts = decodeOf(bytes[0] === SIGN1_TAG ? bytes.subarray(1) : bytes, what)
  if (!isArray(parts) || parts.length !== 4) throw bad(`${what} is no COSE_Sign1: an array of four`)
  const [protectedHeader, unprotected, payload, signature] = parts
  if (!isBytes(protectedHeader) || !isMap(unprotected!) || !isBytes(signature)) throw bad(`${what} is no COSE_Sign1`)
  if (payload !== null && !isBytes(payload)) throw bad(`the payload of ${what} is neither bytes nor nil`)
  const header = decodeOf(protectedHeader, `the header of ${what}`)
  if (!isMap(header)) throw bad(`the header of ${what} is no map`)
  if (header.has(CRIT)) throw new FirmwareError("firmware.unsupported", `${what} has critical headers`)
  const algorithm = ALGORITHMS.get(header.get(ALG))
  if (algorithm === undefined)
    throw new FirmwareError("firmware.unsupported", `${what} is signed by none of ES256, ES384 and EdDSA`)
  return {
    payload,
    header,
    isSignedBy: (keys, detached) => {
      const content = payload ?? detached
      if (content === undefined) return false
      const signed = signingInputOf(protectedHeader, content)
      return keys.some((key) => {
        if (key.asymmetricKeyType !== algorithm.kind || key.asymmetricKeyDetails?.namedCurve !== algorithm.curve)
          return false
        return verify(
          algorithm.hash,
          signed,
          algorithm.hash === null ? key : { key, dsaEncoding: "ieee-p1363" },
          signature,
        )
      })
    },
  }
}
