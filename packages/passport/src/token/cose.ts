/** COSE_Sign1 (RFC 9052 section 4.2) over CWT claims (RFC 8392), tagged, strict: alg and typ protected, nothing unprotected. */
import { isEqual } from "../bytes/bytes.ts"
import { type CborMap, decodeCbor, encodeCbor } from "../bytes/cbor.ts"
import type { Signed } from "../key/verify.ts"

export interface Sign1 extends Signed {
  readonly claims: CborMap
}

/** The tag of a COSE_Sign1, and the first byte of every passport as CWT. */
export const SIGN1_TAG = 0xd2
/** Ed25519 (RFC 9864) and ES256. */
const ALGS = [-19, -7]

/** `alg` (1) and `typ` (16, RFC 9596), and nothing else. */
const headerOf = (alg: number, typ: string): Uint8Array =>
  encodeCbor(
    new Map<number, number | string>([
      [1, alg],
      [16, typ],
    ]),
  )

/** The protected header of an algorithm and a type. */
export const protectedHeader = (alg: "Ed25519" | "ES256", typ: string): Uint8Array =>
  headerOf(ALGS[alg === "Ed25519" ? 0 : 1]!, typ)

/** What the signature covers: `["Signature1", protected, h'', payload]` (RFC 9052 section 4.4). */
export const signingInput = (header: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor(["Signature1", header, new Uint8Array(0), payload])

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const isMap = (value: unknown): value is CborMap => value instanceof Map

/** The parts, not verified yet; or null where it is no such token. */
export const readSign1 = (bytes: Uint8Array, typ: string): Sign1 | null => {
  const parts = bytes[0] === SIGN1_TAG ? decodeCbor(bytes.subarray(1)) : null
  if (!Array.isArray(parts) || parts.length !== 4) return null
  const [header, unprotected, payload, signature] = parts as ReadonlyArray<unknown>
  if (!isBytes(header) || !isMap(unprotected) || unprotected.size > 0 || !isBytes(payload) || !isBytes(signature))
    return null
  const alg = ALGS.find((one) => isEqual(headerOf(one, typ), header))
  const claims = decodeCbor(payload)
  return alg !== undefined && isMap(claims) ? { alg, claims, input: signingInput(header, payload), signature } : null
}
