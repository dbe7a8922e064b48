/** Keys of logs and witnesses as private key objects: for keys kept in a file. A key in an HSM implements LogSigner itself. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto"
import { NoteError } from "./error.ts"
import type { LogSigner } from "./note.ts"
import { COSIGNATURE_V1, keyBytes, ML_DSA_COSIGNATURE } from "./vkey.ts"

const secretOf = (key: KeyObject | string): KeyObject => (typeof key === "string" ? createPrivateKey(key) : key)

/** @param type of the key in a cosignature; Ed25519 has as many bytes in a note. The key is the end of its SubjectPublicKeyInfo. */
const signerOf = (secret: KeyObject, type: number): LogSigner => {
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" })
  return {
    publicKey: new Uint8Array(spki.subarray(-keyBytes(type))),
    sign: async (data) => new Uint8Array(sign(null, data, secret)),
  }
}

/** @param key an Ed25519 private key, PEM (PKCS#8) or key object. @throws NoteError */
export const keySigner = (key: KeyObject | string): LogSigner => {
  const secret = secretOf(key)
  if (secret.asymmetricKeyType !== "ed25519") throw new NoteError("vkey", "the log's key is not Ed25519")
  return signerOf(secret, COSIGNATURE_V1)
}

/** @param key of a witness, Ed25519 or ML-DSA-44, PEM (PKCS#8) or key object. @throws NoteError */
export const witnessSigner = (key: KeyObject | string): LogSigner => {
  const secret = secretOf(key)
  // The type declarations of Node's keys lag behind what it reads.
  const algorithm: string | undefined = secret.asymmetricKeyType
  if (algorithm === "ml-dsa-44") return signerOf(secret, ML_DSA_COSIGNATURE)
  if (algorithm === "ed25519") return signerOf(secret, COSIGNATURE_V1)
  throw new NoteError("vkey", `the key of a witness is Ed25519 or ML-DSA-44, not ${algorithm}`)
}
