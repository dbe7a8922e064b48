/**
 * Credential activation, the verifier's half (TPM2_MakeCredential; TPM 2.0 part 1, section 24): a secret that only the TPM with the
 * endorsement key can read, and that it gives out only where the named key lies in the same TPM.
 */
import {
  constants,
  createCipheriv,
  createECDH,
  createHash,
  createHmac,
  publicEncrypt,
  randomBytes as systemRandom,
} from "node:crypto"
import type { EndorsementKey } from "./endorsement-key.ts"

const SEED_BYTES = 32
export const MAX_SECRET_BYTES = 32

export interface MadeCredential {
  /** TPM2B_ID_OBJECT. */
  readonly blob: Uint8Array
  /** TPM2B_ENCRYPTED_SECRET. */
  readonly seed: Uint8Array
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
const u32 = (value: number): Buffer => Buffer.from([0, 0, value >> 8, value & 0xff])
const sized = (bytes: Uint8Array): Buffer => Buffer.concat([u16(bytes.length), bytes])

/** KDFa with HMAC-SHA-256 (part 1, section 11.4.10.2), for at most 256 bits: one round. */
export const deriveKey = (key: Uint8Array, label: string, context: Uint8Array, bits: number): Buffer =>
  createHmac("sha256", key)
    .update(Buffer.concat([u32(1), Buffer.from(`${label}\0`, "latin1"), context, u32(bits)]))
    .digest()
    .subarray(0, bits / 8)

/** KDFe with SHA-256 (part 1, section 11.4.10.3), for 256 bits. */
export const deriveSeed = (shared: Uint8Array, label: string, theirs: Uint8Array, own: Uint8Array): Buffer =>
  createHash("sha256")
    .update(Buffer.concat([u32(1), shared, Buffer.from(`${label}\0`, "latin1"), theirs, own]))
    .digest()

const coordinate = (text: string | undefined): Buffer => {
  const bytes = Buffer.from(text ?? "", "base64url")
  return Buffer.concat([new Uint8Array(32 - bytes.length), bytes])
}

/** How a seed goes to the TPM: by OAEP for RSA, by an ephemeral point for P-256 (part 1, annexes B.10.4 and C.6.4). */
const seedFor = (ek: EndorsementKey, random: (size: number) => Buffer): { seed: Buffer; sent: Buffer } => {
  if (ek.kind === "RSA") {
    const seed = random(SEED_BYTES)
    const oaepLabel = Buffer.from("IDENTITY\0", "latin1")
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return { seed, sent: sized(publicEncrypt({ key: ek.key, padding, oaepHash: "sha256", oaepLabel }, seed)) }
  }
  const { x, y } = ek.key.export({ format: "jwk" })
  const theirs = { x: coordinate(x), y: coordinate(y) }
  const ephemeral = createECDH("prime256v1")
  ephemeral.generateKeys()
  const own = ephemeral.getPublicKey()
  const shared = ephemeral.computeSecret(Buffer.concat([Uint8Array.of(4), theirs.x, theirs.y]))
  const sent = Buffer.concat([sized(own.subarray(1, 33)), sized(own.subarray(33))])
  return { seed: deriveSeed(shared, "IDENTITY", own.subarray(1, 33), theirs.x), sent: sized(sent) }
}

/**
 * Wraps `secret` for the key named `name` in the TPM of `ek`.
 * @throws RangeError for a secret of more than 32 bytes: no TPM takes it
 */
export const makeCredential = (
  ek: EndorsementKey,
  name: Uint8Array,
  secret: Uint8Array,
  random: (size: number) => Buffer = systemRandom,
): MadeCredential => {
  if (secret.length > MAX_SECRET_BYTES) throw new RangeError(`a secret of ${secret.length} bytes`)
  const { seed, sent } = seedFor(ek, random)
  const bits = ek.symmetricBits
  const cipher = createCipheriv(`aes-${bits}-cfb`, deriveKey(seed, "STORAGE", name, bits), new Uint8Array(16))
  const encrypted = Buffer.concat([cipher.update(sized(secret)), cipher.final()])
  const integrity = createHmac("sha256", deriveKey(seed, "INTEGRITY", new Uint8Array(0), 256))
    .update(encrypted)
    .update(name)
    .digest()
  return { blob: sized(Buffer.concat([sized(integrity), encrypted])), seed: sent }
}
