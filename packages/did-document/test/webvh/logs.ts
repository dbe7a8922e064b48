/** Logs of DIDs that are made here, with keys that are always the same. */
import { createPrivateKey, type KeyObject } from "node:crypto"
import { encodeDidKey, publicKeyOf } from "@assay/did"
import type { JsonObject } from "@assay/jose"
import { createWebvh, multikeyOfKey } from "../../src/webvh/write.ts"

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex")

/** The Ed25519 key of a number from 0 to 255. */
export const keyOf = (n: number): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, n)]), format: "der", type: "pkcs8" })

export const AT = Date.parse("2026-11-29T12:00:00Z")
const BEGAN = AT - 86_400_000

/** Seconds after the first entry. */
export const after = (seconds: number): number => BEGAN + 1_000 * seconds

/** A document with a key for messages and presentations. @param ends members to add to the method, such as `revoked` */
export const documentOf = (did: string, keys: ReadonlyArray<KeyObject>, ends: JsonObject = {}): JsonObject => ({
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  id: did,
  verificationMethod: keys.map((key, n) => ({
    id: `${did}#key-${n + 1}`,
    type: "Multikey",
    controller: did,
    publicKeyMultibase: encodeDidKey(publicKeyOf(key)).slice("did:key:".length),
    ...ends,
  })),
  assertionMethod: keys.map((_, n) => `${did}#key-${n + 1}`),
  authentication: keys.map((_, n) => `${did}#key-${n + 1}`),
})

export const NEW = "did:webvh:{SCID}:id.example.com:devices:one"

/** A DID with one entry, signed by key 1, whose document lists key 9. */
export const createdBy = (parameters: JsonObject = {}): { readonly did: string; readonly log: string } =>
  createWebvh({
    time: BEGAN,
    parameters: { updateKeys: [multikeyOfKey(keyOf(1))], ...parameters },
    state: documentOf(NEW, [keyOf(9)]),
    key: keyOf(1),
  })
