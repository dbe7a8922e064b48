/** A key in a file, as `assay keygen` writes them: `{"did", "jwk"}`. */
import { createPrivateKey, type KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { keyIdOfDid } from "@assay/did"
import { signerOfKey } from "./key.ts"
import type { Signer } from "./signer.ts"

export interface KeyOfFile {
  /** As the file names it: one of the DIDs of the key. */
  readonly did: string
  /** Private, Ed25519 or P-256. */
  readonly key: KeyObject
}

/** @throws TypeError that says what is wrong with the file */
export const keyOfFile = (path: string): KeyOfFile => {
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
  if (typeof did !== "string" || keyIdOfDid(did) !== signerOfKey(key).did)
    throw new TypeError(`${path}: the key is not the one of its did`)
  return { did, key }
}

/** @throws TypeError that says what is wrong with the file */
export const signerOfFile = (path: string): Signer => {
  const { did, key } = keyOfFile(path)
  return { ...signerOfKey(key), did }
}
