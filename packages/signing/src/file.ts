/** A key in a file, as `assay keygen` writes them: `{"did", "jwk"}`. */
import { createPrivateKey, type KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { keyIdOfDid } from "@assay/did"
import { signerOfKey } from "./key.ts"
import type { Signer } from "./signer.ts"

/** @throws TypeError that says what is wrong with the file */
export const signerOfFile = (path: string): Signer => {
  let did: unknown
  let key: KeyObject
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as {
      readonly did: unknown
      readonly jwk: Record<string, string>
    }
    did = file.did
    key = createPrivateKey({ key: file.jwk, format: "jwk" })
  } catch (cause) {
    throw new TypeError(`${path} is no key file (assay keygen --out ${path} makes one): ${(cause as Error).message}`)
  }
  const signer = signerOfKey(key)
  if (typeof did !== "string" || keyIdOfDid(did) !== signer.did)
    throw new TypeError(`${path}: the key is not the one of its did`)
  return { ...signer, did }
}
