/** Signatures with a private KeyObject, deterministic for both algorithms, so that one seed gives one fleet. */
import { createECDH, createHash, createHmac, type KeyObject, randomBytes, sign } from "node:crypto"
import { type Algorithm, decodeBase64url } from "@assay/did"

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The algorithm that a key signs with. Throws TypeError where it is neither Ed25519 nor P-256. */
export const algOf = (key: KeyObject): Algorithm => {
  if (key.asymmetricKeyType === "ed25519") return "Ed25519"
  if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256"
  throw new TypeError(`neither Ed25519 nor P-256: ${key.asymmetricKeyType}`)
}

/** 64 bytes: RFC 8032 for Ed25519; r and s of RFC 6979 with SHA-256 for ES256. */
export const signRaw = (key: KeyObject, input: Uint8Array): Buffer =>
  algOf(key) === "Ed25519" ? sign(null, input, key) : signDeterministic(key, input)

const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
const octets = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex")
const modulo = (value: bigint): bigint => ((value % N) + N) % N

/**
 * ECDSA with the nonce of RFC 6979 section 3.2, which Node does not offer. The point multiplication is native; the
 * arithmetic around it is BigInt and not constant in time, so the nonce is only ever inverted blinded. Devices that an
 * attacker can time should sign in their own hardware.
 */
const signDeterministic = (key: KeyObject, input: Uint8Array): Buffer =>
  signDigest(key, createHash("sha256").update(input).digest())

/**
 * The ES256 signature over what has this SHA-256 already: 64 bytes.
 * @param hash 32 bytes
 * @throws TypeError for another key than one of P-256
 */
export const signDigest = (key: KeyObject, hash: Uint8Array): Buffer => {
  const secret = decodeBase64url(key.export({ format: "jwk" }).d ?? "")
  if (secret === null || secret.length !== 32) throw new TypeError("not a private P-256 key")
  const d = integer(secret)
  const z = modulo(integer(hash))
  const ecdh = createECDH("prime256v1")
  for (const k of nonces(secret, octets(z))) {
    ecdh.setPrivateKey(octets(k))
    const r = modulo(integer(ecdh.getPublicKey(null, "compressed").subarray(1)))
    const blind = modulo(integer(randomBytes(32))) || 1n
    const s = modulo(blind * invert(modulo(blind * k)) * modulo(z + r * d))
    if (r !== 0n && s !== 0n) return Buffer.concat([octets(r), octets(s)])
  }
  throw new Error("unreachable: the nonces never end")
}

const hmac = (key: Uint8Array, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const mac = createHmac("sha256", key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** The candidates for k, in order (RFC 6979 section 3.2, steps b to h). */
function* nonces(secret: Uint8Array, hash: Uint8Array): Generator<bigint> {
  let v: Buffer = Buffer.alloc(32, 1)
  let k: Buffer = Buffer.alloc(32, 0)
  for (const step of [0, 1]) {
    k = hmac(k, v, Uint8Array.of(step), secret, hash)
    v = hmac(k, v)
  }
  for (;;) {
    v = hmac(k, v)
    const candidate = integer(v)
    if (candidate > 0n && candidate < N) yield candidate
    k = hmac(k, v, Uint8Array.of(0))
    v = hmac(k, v)
  }
}

/** The inverse modulo n by Euclid. */
const invert = (value: bigint): bigint => {
  let [a, b, x, y] = [value, N, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return modulo(x)
}
