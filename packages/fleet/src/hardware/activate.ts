/** TPM2_ActivateCredential, for an endorsement key that is at hand: RSA or P-256, with AES-128 (TPM 2.0 part 1, section 24). */
import {
  constants,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  privateDecrypt,
} from "node:crypto"
import { deriveKey, deriveSeed } from "@assay/attestation"

const sizedAt = (bytes: Uint8Array, at: number): { readonly body: Buffer; readonly end: number } => {
  const buffer = Buffer.from(bytes)
  const size = buffer.readUInt16BE(at)
  return { body: buffer.subarray(at + 2, at + 2 + size), end: at + 2 + size }
}

const seedOf = (ek: KeyObject, sent: Uint8Array): Buffer => {
  const { body } = sizedAt(sent, 0)
  if (ek.asymmetricKeyType === "rsa")
    return privateDecrypt(
      {
        key: ek,
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: "sha256",
        oaepLabel: Buffer.from("IDENTITY\0", "latin1"),
      },
      body,
    )
  const x = sizedAt(body, 0)
  const y = sizedAt(body, x.end)
  const jwk = { kty: "EC", crv: "P-256", x: x.body.toString("base64url"), y: y.body.toString("base64url") }
  const publicKey = createPublicKey({ key: jwk, format: "jwk" })
  const own = Buffer.from(ek.export({ format: "jwk" }).x!, "base64url")
  return deriveSeed(diffieHellman({ privateKey: ek, publicKey }), "IDENTITY", x.body, own)
}

/** The secret. @throws Error where the integrity of the blob does not hold for this key's name */
export const activateCredential = (ek: KeyObject, name: Uint8Array, blob: Uint8Array, sent: Uint8Array): Buffer => {
  const seed = seedOf(ek, sent)
  const { body } = sizedAt(blob, 0)
  const integrity = sizedAt(body, 0)
  const encrypted = body.subarray(integrity.end)
  const expected = createHmac("sha256", deriveKey(seed, "INTEGRITY", new Uint8Array(0), 256))
    .update(encrypted)
    .update(name)
    .digest()
  if (!expected.equals(integrity.body)) throw new Error("TPM_RC_INTEGRITY")
  const cipher = createDecipheriv("aes-128-cfb", deriveKey(seed, "STORAGE", name, 128), new Uint8Array(16))
  return sizedAt(Buffer.concat([cipher.update(encrypted), cipher.final()]), 0).body
}
