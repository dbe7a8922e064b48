/**
 * Data Integrity proofs of the cryptosuite eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3), as
 * did:webvh asks for them: by a did:key of Ed25519, for the purpose assertionMethod. What is signed is SHA-256 of the proof
 * without its value, then SHA-256 of the document without its proof, each canonical by RFC 8785.
 */
import { decodeBase58, encodeBase58, resolveDeviceKey } from "@assay/did"
import { isObject, type Json, type JsonObject } from "@assay/jose"
import { VALID, verifyNow } from "@assay/jose/verify"
import { canonical } from "../jcs.ts"
import { digestOf } from "../multihash.ts"

const TYPE = "DataIntegrityProof"
const SUITE = "eddsa-jcs-2022"
const PURPOSE = "assertionMethod"
const SIGNATURE_BYTES = 64

/** The multikey of a did:key of Ed25519 by the URL of its one method; null for any other text. */
export const multikeyOf = (verificationMethod: Json | undefined): string | null => {
  if (typeof verificationMethod !== "string") return null
  const [did = "", fragment, ...rest] = verificationMethod.split("#")
  // The fragment alone must never choose a key: the DID carries it, and both name the same.
  if (rest.length > 0 || !did.startsWith("did:key:") || did.slice("did:key:".length) !== fragment) return null
  return isMultikey(fragment) ? fragment : null
}

/** Whether the text is a strong Ed25519 key in multibase (`z6Mk...`). */
export const isMultikey = (text: Json | undefined): text is string => {
  if (typeof text !== "string") return false
  const key = resolveDeviceKey(`did:key:${text}`)
  return !("reason" in key) && key.alg === "Ed25519"
}

/** What the JCS cryptosuites sign (section 3.3.4): the hash of the proof without its value, then that of the document without its proof. */
export const inputOf = (options: JsonObject, document: JsonObject): Buffer =>
  Buffer.concat([digestOf(canonical(options)), digestOf(canonical(document))])

/** The object without one of its members. */
export const without = (value: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([member]) => member !== name))

/**
 * The multikey that signed `document` by this proof, or why none did. One signature check.
 * @param document without its proof
 */
export const signerOfProof = (
  proof: Json | undefined,
  document: JsonObject,
): { readonly multikey: string } | { readonly detail: string } => {
  if (!isObject(proof)) return { detail: "a proof is no object" }
  const { type, cryptosuite, proofPurpose, verificationMethod, proofValue } = proof
  if (type !== TYPE) return { detail: `a proof is not of the type ${TYPE}` }
  if (cryptosuite !== SUITE) return { detail: `the cryptosuite of a proof is not ${SUITE}` }
  if (proofPurpose !== PURPOSE) return { detail: `the purpose of a proof is not ${PURPOSE}` }
  const multikey = multikeyOf(verificationMethod)
  if (multikey === null) return { detail: "the method of a proof is not did:key:KEY#KEY of one Ed25519 key" }
  const signature = typeof proofValue === "string" && proofValue[0] === "z" ? decodeBase58(proofValue.slice(1)) : null
  if (signature?.length !== SIGNATURE_BYTES) return { detail: "the value of a proof is not base58btc of 64 bytes" }
  const key = resolveDeviceKey(`did:key:${multikey}`)
  if ("reason" in key) return { detail: key.detail }
  const isSigned = verifyNow(key, inputOf(without(proof, "proofValue"), document), signature) === VALID
  return isSigned ? { multikey } : { detail: `a proof does not verify under ${multikey}` }
}

/** A proof over `document`. @param created as ISO 8601. @param sign Ed25519 over the bytes, by the key of `multikey` */
export const prove = (
  document: JsonObject,
  {
    multikey,
    created,
    sign,
  }: { readonly multikey: string; readonly created: string; readonly sign: (input: Buffer) => Uint8Array },
): JsonObject => {
  const options: JsonObject = {
    type: TYPE,
    cryptosuite: SUITE,
    verificationMethod: `did:key:${multikey}#${multikey}`,
    created,
    proofPurpose: PURPOSE,
  }
  return { ...options, proofValue: `z${encodeBase58(sign(inputOf(options, document)))}` }
}
