/** A token in COSE_Sign1 (RFC 9052, section 4.2). The algorithm is that of the key; the header only says the same. */
import { type KeyObject, verify } from "node:crypto"
import { type Cbor, type CborMap, decodeCbor, encodeCbor, isBytes, isCborFailure, isMap, SIGN1_TAG } from "@assay/cose"
import type { KeyAlgorithm } from "../knowledge/endorsements.ts"
import { MalformedError } from "../malformed.ts"

/** The tag of a CWT (61), in which that of COSE_Sign1 (18) stands. */
const CWT = [0xd8, 0x3d] as const
const ALG = 1
const CRIT = 2
const ALGORITHMS: Readonly<
  Partial<Record<KeyAlgorithm, { readonly ids: ReadonlyArray<number>; readonly hash: string | null }>>
> = {
  ES256: { ids: [-7, -9], hash: "sha256" },
  ES384: { ids: [-35, -51], hash: "sha384" },
  Ed25519: { ids: [-8, -19], hash: null },
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

/** `["Signature1", protected, h'', payload]` (section 4.4). */
const signedBytes = (header: Uint8Array, payload: Uint8Array): Buffer =>
  encodeCbor(["Signature1", header, new Uint8Array(0), payload])

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
      const known = ALGORITHMS[algorithm]
      if (known === undefined || typeof id !== "number" || !known.ids.includes(id)) return false
      const signed = signedBytes(header, payload)
      return verify(known.hash, signed, known.hash === null ? key : { key, dsaEncoding: "ieee-p1363" }, signature)
    },
  }
}
