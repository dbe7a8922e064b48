/** Signatures and hashes by WebCrypto, which Node, browsers and most small engines have. */
import { toUtf8 } from "../bytes/bytes.ts"
import { type Key, thumbprintInput } from "./did.ts"
import { isStrongEd25519 } from "./points.ts"

const { subtle } = crypto

/** What may stand as `alg` in a JOSE or COSE header, by the key: -19 is Ed25519 (RFC 9864), -7 ES256; `EdDSA` is deprecated. */
const ALGS: Readonly<Record<Key["alg"], ReadonlyArray<unknown>>> = {
  Ed25519: ["Ed25519", "EdDSA", -19],
  ES256: ["ES256", -7],
}

/** Something signed, as it was read. */
export interface Signed {
  readonly alg: unknown
  /** What the signature covers. */
  readonly input: Uint8Array
  /** 64 bytes: RFC 8032, or r and s of ES256. */
  readonly signature: Uint8Array
}

/**
 * Whether it verifies under the key, which alone fixes the algorithm. A form that no signer makes is refused beforehand, since
 * engines differ about it.
 * @throws NotSupportedError where the engine does not have the algorithm: no answer is better than a wrong one
 */
export const verify = async (
  key: Key,
  { alg = key.alg, input, signature }: Partial<Signed> & Omit<Signed, "alg">,
): Promise<boolean> => {
  const isEd25519 = key.alg === "Ed25519"
  if (!ALGS[key.alg].includes(alg) || signature.length !== 64) return false
  if (isEd25519 && !isStrongEd25519(signature.subarray(0, 32))) return false
  const algorithm = { name: isEd25519 ? "Ed25519" : "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
  const imported = await subtle.importKey("raw", key.raw, algorithm, false, ["verify"])
  return subtle.verify(algorithm, imported, signature, input)
}

export const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await subtle.digest("SHA-256", bytes))

/** The JWK thumbprint (RFC 7638), 32 bytes. */
export const thumbprintOf = (key: Key): Promise<Uint8Array> => sha256(toUtf8(thumbprintInput(key)))
