/** A token in COSE_Sign1 (RFC 9052, section 4.2). The algorithm is that of the key; the header only says the same. */
import { type KeyObject, verify } from "node:crypto"
import {
  type Cbor,
  type CborMap,
  decodeCbor,
  isBytes,
  isCborFailure,
  isMap,
  SIGN1_TAG,
  signingInputOf,
} from "@assay/cose"
import { HASH_OF } from "../chains/shown.ts"
import type { KeyAlgorithm } from "../knowledge/endorsements.ts"
import { MalformedError } from "../malformed.ts"

/** The tag of a CWT (61), in which that of COSE_Sign1 (18) stands. */
const CWT = [0xd8, 0x3d] as const
const ALG = 1
const CRIT = 2
const IDS: Readonly<Partial<Record<KeyAlgorithm, ReadonlyArray<number>>>> = {
  ES256: [-7, -9],
  ES384: [-35, -51],
  Ed25519: [-8, -19],
}

export interface Sign1 {
  readonly claims: CborMap
  /** Whether the key signed it; false for a key of another algorithm than the header says. */
  isSignedBy(key: KeyObject, algorithm: KeyAlgorithm): boolean
}

/** Chips write any order of members, and so does the example of RFC 9783. @throws MalformedError */
const read = (bytes: Uint8Array): Cbor => {
  const found = decodeCbor(bytes, "definite")
  if (isCborFailure(found)) throw new MalformedError(found.detail)
  return found
}

/** Without the tags before it, of which each may be missing. */
const untagged = (token: Uint8Array): Uint8Array => {
  const isCwt = token[0] === CWT[0] && token[1] === CWT[1]
  const rest = token.subarray(isCwt ? CWT.length : 0)
  return rest[0] === SIGN1_TAG ? rest.subarray(1) : rest
}

/** The parts of a token; its signature not checked. @throws MalformedError */
export const readSign1 = (token: Uint8Array): Sign1 => {
  const parts = read(untagged(token))
  if (!Array.isArray(parts) || parts.length !== 4) throw new MalformedError("no COSE_Sign1")
  const [header, unprotected, payload, signature] = parts as ReadonlyArray<Cbor>
  if (!isBytes(header) || !isMap(unprotected!) || !isBytes(payload) || !isBytes(signature) || payload.length > 0xffff)
    throw new MalformedError("no COSE_Sign1 with its payload")
  const fields = read(header)
  const claims = read(payload)
  if (!isMap(fields) || !isMap(claims) || fields.has(CRIT))
    throw new MalformedError("a token without claims, or with critical headers")
  const id = fields.get(ALG)
  return {
    claims,
    isSignedBy: (key, algorithm) => {
      if (typeof id !== "number" || IDS[algorithm]?.includes(id) !== true) return false
      const hash = HASH_OF[algorithm]
      const signed = signingInputOf(header, payload)
      return verify(hash, signed, hash === null ? key : { key, dsaEncoding: "ieee-p1363" }, signature)
    },
  }
}
