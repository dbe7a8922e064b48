/**
 * A file that stands for a key: the private key itself, as `assay keygen` writes it (`{"did", "jwk"}`) or in PEM (PKCS #8), or where
 * the key lies (`{"did", "reference"}`), so that whoever names the file need not know.
 */
import { createPrivateKey, type KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { keyIdOfDid } from "@assay/did"
import { signerOfKey } from "./key.ts"
import { KeyError } from "./signer.ts"

export interface KeyOfFile {
  /** As the file names it: one of the DIDs of the key. */
  readonly did: string
  /** Private, Ed25519 or P-256. */
  readonly key: KeyObject
}

/** Where the key lies that a file stands for. */
export interface ReferenceOfFile {
  /** The key must be this one. */
  readonly did: string
  readonly reference: string
}

const noKeyFile = (path: string, cause: unknown): KeyError =>
  new KeyError(`${path} is no key file (assay keygen --out ${path} makes one): ${(cause as Error).message}`)

/** @param path `-`: standard input. @throws KeyError that says what is wrong with the file */
export const readKeyFile = (path: string): KeyOfFile | ReferenceOfFile => {
  let file: { readonly did?: unknown; readonly jwk?: Record<string, string>; readonly reference?: unknown }
  let key: KeyObject
  try {
    const text = readFileSync(path === "-" ? 0 : path, "utf8")
    if (text.startsWith("-----BEGIN ")) {
      const pem = createPrivateKey(text)
      return { did: signerOfKey(pem).did, key: pem }
    }
    file = JSON.parse(text) as typeof file
    if (typeof file.did === "string" && typeof file.reference === "string")
      return { did: file.did, reference: file.reference }
    key = createPrivateKey({ key: file.jwk!, format: "jwk" })
  } catch (cause) {
    throw noKeyFile(path, cause)
  }
  const { did } = file
  if (typeof did !== "string" || keyIdOfDid(did) !== signerOfKey(key).did)
    throw new KeyError(`${path}: the key is not the one of its did`)
  return { did, key }
}
