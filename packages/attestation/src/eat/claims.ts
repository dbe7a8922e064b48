/** Claims of attestation tokens: EAT (RFC 9711), and the profile of PSA (RFC 9783). */
import { createHash } from "node:crypto"
import type { Cbor, CborMap } from "@assay/cose"
import { encodeDidKey, type PublicKey } from "@assay/did"
import { MalformedError } from "../malformed.ts"

const CLAIM = {
  confirmation: 8,
  nonce: 10,
  ueid: 256,
  secureBoot: 262,
  debug: 263,
  measurements: 273,
  lifecycle: 2395,
  implementation: 2396,
  components: 2399,
} as const
const MAX_COMPONENTS = 64
/** Section 4.3.1 of RFC 9783: 0x30xx. What is open for debugging, or not yet secured, is anything else. */
const SECURED = 0x30
const DIGESTS: ReadonlySet<number> = new Set([32, 48, 64])
/** RFC 9711, section 4.2.9: disabled since the boot, for good, and fully and for good. */
const DEBUG_CLOSED: ReadonlyArray<Cbor> = [2, 3, 4]

const bytesOf = (claims: CborMap, claim: number, sizes: ReadonlySet<number> | null = null): Uint8Array => {
  const found = claims.get(claim)
  if (!(found instanceof Uint8Array) || (sizes !== null && !sizes.has(found.length)))
    throw new MalformedError(`the claim ${claim} is missing, or no bytes of a size that it may have`)
  return found
}

export interface TokenClaims {
  readonly nonce: Uint8Array
  /** Why what the token says counts for nothing; null where it does. */
  readonly open: string | null
  /** Digests of what is there. */
  readonly components: ReadonlyArray<Uint8Array>
  /** The did:key of the key that the token speaks for; null where it names none. */
  readonly confirmed: string | null
}

const component = (one: Cbor): Uint8Array => {
  if (!(one instanceof Map)) throw new MalformedError("a software component that is no map")
  return bytesOf(one as CborMap, 2, DIGESTS)
}

const listOf = (claims: CborMap, claim: number): ReadonlyArray<Cbor> => {
  const found = claims.get(claim)
  if (!Array.isArray(found) || found.length === 0 || found.length > MAX_COMPONENTS)
    throw new MalformedError(`the claim ${claim} is missing, or no list of 1 to ${MAX_COMPONENTS} items`)
  return found
}

/** @throws MalformedError where the claims are not those of the profile */
export const psaClaims = (claims: CborMap): TokenClaims => {
  const lifecycle = claims.get(CLAIM.lifecycle)
  if (typeof lifecycle !== "number" || lifecycle < 0) throw new MalformedError("no security life cycle")
  bytesOf(claims, CLAIM.ueid, new Set([33]))
  bytesOf(claims, CLAIM.implementation, new Set([32]))
  const isSecured = lifecycle >> 8 === SECURED
  return {
    nonce: bytesOf(claims, CLAIM.nonce, DIGESTS),
    open: isSecured ? null : `the life cycle is 0x${lifecycle.toString(16)}, which is not secured`,
    components: listOf(claims, CLAIM.components).map(component),
    confirmed: null,
  }
}

/** COSE_Key (RFC 9052, section 7) of P-256 or Ed25519, as did:key. */
const confirmedKey = (claims: CborMap): string => {
  const confirmation = claims.get(CLAIM.confirmation)
  const key = confirmation instanceof Map ? (confirmation as CborMap).get(1) : undefined
  if (!(key instanceof Map)) throw new MalformedError("no cnf with a COSE_Key")
  const [type, curve, x, y] = [1, -1, -2, -3].map((label) => (key as CborMap).get(label))
  if (!(x instanceof Uint8Array) || x.length !== 32) throw new MalformedError("a COSE_Key without x")
  let found: PublicKey | null = null
  if (type === 1 && curve === 6) found = { alg: "Ed25519", publicKey: x }
  if (type === 2 && curve === 1 && y instanceof Uint8Array && y.length === 32)
    found = { alg: "ES256", publicKey: Buffer.concat([Uint8Array.of(2 + (y[31]! & 1)), x]) }
  if (found === null) throw new MalformedError("a COSE_Key of another curve")
  try {
    return encodeDidKey(found)
  } catch {
    throw new MalformedError("a COSE_Key off its curve")
  }
}

/** A measurement is `[content format, bytes]`: its bytes are named by their SHA-256. */
const measurement = (one: Cbor): Uint8Array => {
  const bytes = Array.isArray(one) && one.length === 2 ? one[1] : null
  if (!(bytes instanceof Uint8Array)) throw new MalformedError("a measurement that is no pair of format and bytes")
  return createHash("sha256").update(bytes).digest()
}

/** @throws MalformedError where a claim is missing that is relied on */
export const eatClaims = (claims: CborMap): TokenClaims => {
  bytesOf(claims, CLAIM.ueid)
  const closed = DEBUG_CLOSED.includes(claims.get(CLAIM.debug) ?? null)
  const booted = claims.get(CLAIM.secureBoot) === true
  return {
    nonce: bytesOf(claims, CLAIM.nonce),
    open: closed
      ? booted
        ? null
        : "it did not boot securely (oemboot)"
      : "debugging is not disabled since the boot (dbgstat)",
    components: listOf(claims, CLAIM.measurements).map(measurement),
    confirmed: confirmedKey(claims),
  }
}
