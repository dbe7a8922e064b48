/** The log's key as a private key object: for keys kept in a file. A key in an HSM implements LogSigner itself. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto"
import { NoteError } from "./error.ts"
import type { LogSigner } from "./note.ts"

/** @param key an Ed25519 private key, PEM (PKCS#8) or key object. @throws NoteError */
export const keySigner = (key: KeyObject | string): LogSigner => {
  const secret = typeof key === "string" ? createPrivateKey(key) : key
  if (secret.asymmetricKeyType !== "ed25519") throw new NoteError("vkey", "the log's key is not Ed25519")
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" })
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: async (data) => new Uint8Array(sign(null, data, secret)),
  }
}
