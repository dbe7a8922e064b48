/** Every private key of the simulated world, derived from the seed alone, so that one seed gives one fleet. */
import { createECDH, createHash, createPrivateKey, type KeyObject, sign } from "node:crypto"
import { type Algorithm, encodeBase64url, encodeDidJwk, encodeDidKey, publicKeyOf } from "@assay/did"

/** Somebody who can sign: a device, an issuer, an operator, a root. */
export interface Identity {
  readonly did: string
  /** The DID URL of its only key, as the `kid` of a token wants it. */
  readonly kid: string
  readonly alg: Algorithm
  readonly key: KeyObject
}

export type DidMethod = "key" | "jwk"

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
/** The PKCS #8 wrapping of RFC 8410 section 7, before the 32 bytes of the seed. */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex")

/** 32 bytes that depend on the seed and on what they are for, and on nothing else. */
export const derive = (seed: string, purpose: string): Buffer =>
  createHash("sha256").update("assay fleet\0").update(seed).update("\0").update(purpose).digest()

/** The first 32 bits of `derive`, as a number in 0..1 without 1. */
export const fraction = (seed: string, purpose: string): number => derive(seed, purpose).readUInt32BE(0) / 2 ** 32

/** The identity that the seed gives to `purpose`. */
export const identityOf = (seed: string, purpose: string, alg: Algorithm, method: DidMethod): Identity => {
  const secret = derive(seed, `${alg}\0${purpose}`)
  const key = alg === "Ed25519" ? ed25519Key(secret) : p256Key(secret)
  const did = method === "key" ? encodeDidKey(publicKeyOf(key)) : encodeDidJwk(publicKeyOf(key))
  return { did, kid: kidOf(did), alg, key }
}

/** did:key repeats its identifier as the fragment; did:jwk always says `#0`. */
export const kidOf = (did: string): string =>
  did.startsWith("did:key:") ? `${did}#${did.slice("did:key:".length)}` : `${did}#0`

const ed25519Key = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: "der", type: "pkcs8" })

const p256Key = (secret: Uint8Array): KeyObject => {
  // Reduced into 1..n-1: the bias of 2^-32 does not matter for keys that protect nothing.
  const scalar = (BigInt(`0x${Buffer.from(secret).toString("hex")}`) % (P256_ORDER - 1n)) + 1n
  const d = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex")
  const ecdh = createECDH("prime256v1")
  ecdh.setPrivateKey(d)
  const point = ecdh.getPublicKey()
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: encodeBase64url(point.subarray(1, 33)),
    y: encodeBase64url(point.subarray(33, 65)),
    d: encodeBase64url(d),
  }
  return createPrivateKey({ key: jwk, format: "jwk" })
}

/**
 * The 64 bytes of a JWS signature. Native, and therefore random for ES256: no verdict depends on them, because digests
 * are over the signing input. (`signRaw` of jose is deterministic, and ten times as slow.)
 */
export const signatureOf = (identity: Identity, input: Uint8Array): Buffer =>
  identity.alg === "Ed25519"
    ? sign(null, input, identity.key)
    : sign("sha256", input, { key: identity.key, dsaEncoding: "ieee-p1363" })
