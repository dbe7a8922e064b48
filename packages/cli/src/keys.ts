/** Key files: a private JWK with the DID that it speaks for. Written readable by the owner alone. */
import { createPrivateKey, type KeyObject } from "node:crypto"
import { writeFileSync } from "node:fs"
import { encodeDidJwk, encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { UsageError } from "./command.ts"
import { readInput } from "./files.ts"

export interface KeyFile {
  readonly did: string
  /** The DID URL that headers carry. */
  readonly kid: string
  readonly key: KeyObject
}

export type DidMethod = "key" | "jwk"

/** The DID of a private key. */
export const didOf = (key: KeyObject, method: DidMethod): string => {
  const pub = publicKeyOf(key)
  return method === "key" ? encodeDidKey(pub) : encodeDidJwk(pub)
}

export const writeKey = (path: string, key: KeyObject, method: DidMethod): string => {
  const did = didOf(key, method)
  writeFileSync(path, `${JSON.stringify({ did, jwk: key.export({ format: "jwk" }) }, null, 2)}\n`, {
    mode: 0o600,
    flag: "wx",
  })
  return did
}

/** @throws UsageError that names the file and what is wrong with it */
export const readKey = (path: string): KeyFile => {
  let did: string
  let key: KeyObject
  try {
    const file = JSON.parse(readInput(path, "the key").toString("utf8")) as { did: string; jwk: Record<string, string> }
    did = file.did
    key = createPrivateKey({ key: file.jwk, format: "jwk" })
  } catch (cause) {
    throw new UsageError(`${path} is no key file (assay keygen --out ${path} makes one): ${(cause as Error).message}`)
  }
  const resolved = resolveDeviceKey(did)
  if ("reason" in resolved) throw new UsageError(`${path}: its did cannot be used: ${resolved.detail}`)
  if (did !== didOf(key, did.startsWith("did:jwk:") ? "jwk" : "key"))
    throw new UsageError(`${path}: the did is not that of the key`)
  return { did, kid: resolved.kid, key }
}
