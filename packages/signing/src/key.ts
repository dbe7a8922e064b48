/** A key that this process holds itself. */
import type { KeyObject } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import { signRaw } from "@assay/jose"
import type { Signer } from "./signer.ts"

/** @param key private, Ed25519 or P-256. @throws TypeError for another kind of key */
export const signerOfKey = (key: KeyObject): Signer => {
  const publicKey = publicKeyOf(key)
  return { did: encodeDidKey(publicKey), alg: publicKey.alg, sign: async (input) => signRaw(key, input) }
}
