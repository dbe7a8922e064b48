/** A key of this process as a remote signer serves it. */
import type { KeyObject } from "node:crypto"
import { signDigest, signRaw } from "@assay/jose"
import { signerOfKey } from "../key.ts"
import type { ServedKey } from "./server.ts"

/** @param key private, Ed25519 or P-256. @throws TypeError for another kind of key */
export const servedKey = (key: KeyObject): ServedKey => {
  const { did, alg } = signerOfKey(key)
  return { did, alg, sign: async (data) => (alg === "Ed25519" ? signRaw(key, data) : signDigest(key, data)) }
}
