/** Keys that a call names (`@assay/signing`), and key files: a private JWK with the DID that it speaks for, readable by the owner alone. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { type Algorithm, encodeDidJwk, encodeDidKey, publicKeyOf, repeatedKeys, resolveDeviceKey } from "@assay/did"
import { locate } from "@assay/did-document"
import { generateInToken, type OpenSigner, openSigner, parsePkcs11Uri } from "@assay/signing"
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

export const generateKey = (alg: Algorithm): KeyObject =>
  alg === "Ed25519"
    ? generateKeyPairSync("ed25519").privateKey
    : generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey

/**
 * Makes a key in a token, and a file that refers to it and says which key it must be. The file is there first: a key that no file
 * refers to would be lost.
 * @param uri with the label of the new key
 * @throws KeyError, KeyUnreachableError; EEXIST where the file is there
 */
export const writeReference = async (path: string, uri: string, alg: Algorithm, method: DidMethod): Promise<string> => {
  const fd = openSync(path, "wx", 0o600)
  try {
    const keyDid = await generateInToken(parsePkcs11Uri(uri), alg)
    const named = resolveDeviceKey(keyDid)
    if ("reason" in named) throw new TypeError(`${keyDid}: ${named.detail}`)
    const did = method === "key" ? keyDid : encodeDidJwk(named)
    writeSync(fd, `${JSON.stringify({ did, reference: uri }, null, 2)}\n`)
    return did
  } catch (cause) {
    rmSync(path, { force: true })
    throw cause
  } finally {
    closeSync(fd)
  }
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

/** A key that is open to sign, wherever it lies. */
export interface OpenKey extends OpenSigner {
  /** The DID URL that headers carry. */
  readonly kid: string
}

/** `DID#NAME=REFERENCE`: a key under the DID in whose document it stands. */
const AS = /^(did:[^#=]+)#([^#=]+)=(.+)$/s

/** The key under another DID. @param kid DID URL of the key in the document @throws UsageError */
export const speaksAs = (key: OpenKey, kid: string): OpenKey => {
  const [did = "", fragment = "", ...rest] = kid.split("#")
  const location = locate(did)
  if ("reason" in location || fragment === "" || rest.length > 0)
    throw new UsageError(
      `${kid}: name a DID with a document (did:webvh, did:web), # and the name of the key in it${"reason" in location ? ` (${location.detail})` : ""}`,
    )
  return { ...key, did, kid }
}

/**
 * @param reference as `@assay/signing` reads it: a file, a token, a remote signer; after `DID#NAME=` where the key stands in the document
 *   of that DID, under that name
 * @throws KeyError, KeyUnreachableError, UsageError
 */
export const openKey = async (reference: string): Promise<OpenKey> => {
  const [, did, name, own] = AS.exec(reference) ?? []
  if (own === undefined) {
    if (reference.startsWith("did:"))
      throw new UsageError(`${reference}: a key of a document is named DID#NAME=KEY, with the key file behind =`)
    return openOwn(reference)
  }
  const key = await openOwn(own)
  try {
    return speaksAs(key, `${did}#${name}`)
  } catch (cause) {
    await key.close()
    throw cause
  }
}

const openOwn = async (reference: string): Promise<OpenKey> => {
  const signer = await openSigner(reference)
  const resolved = resolveDeviceKey(signer.did)
  if (!("reason" in resolved)) return { ...signer, kid: resolved.kid }
  await signer.close()
  throw new UsageError(`${reference}: its did cannot be used: ${resolved.detail}`)
}

/**
 * Opens several for one piece of work, and closes them after it.
 * @throws UsageError where two are one key; KeyError, KeyUnreachableError; what the work throws
 */
export const withKeys = async <Result>(
  references: ReadonlyArray<string>,
  work: (keys: ReadonlyArray<OpenKey>) => Promise<Result>,
): Promise<Result> => {
  const keys: Array<OpenKey> = []
  try {
    for (const reference of references) keys.push(await openKey(reference))
    const [again] = repeatedKeys(keys.map(({ did }) => did))
    if (again !== undefined)
      throw new UsageError(`--keys: ${keys[again.at]!.did} is the key of ${keys[again.first]!.did}: a key signs once`)
    return await work(keys)
  } finally {
    await Promise.all(keys.map((key) => key.close()))
  }
}

/** The references of `--keys`, comma-separated; a comma within one is written %2C. */
export const keyReferences = (text: string): ReadonlyArray<string> => text.split(",")

/** The same of one key. */
export const withKey = <Result>(reference: string, work: (key: OpenKey) => Promise<Result>): Promise<Result> =>
  openKey(reference).then((key) => work(key).finally(() => key.close()))
