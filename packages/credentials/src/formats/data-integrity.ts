/**
 * Credentials with a Data Integrity proof (W3C, REC 2025-05-15) of the cryptosuite `eddsa-jcs-2022` (Ed25519) or `ecdsa-jcs-2019`
 * (P-256): the JSON of the credential itself, with `proof` in it. Signed is SHA-256 of the proof without its value, then SHA-256
 * of the credential without its proof, each canonical by RFC 8785.
 */
import { type Algorithm, decodeBase58 } from "@assay/did"
import { inputOf, without } from "@assay/did-document"
import { type JsonObject, parseStrictObject } from "@assay/jose"
import { type Fault, list, object, oneOf, optional, text } from "@assay/jose/shape"
import { dateTime } from "../data-model/members.ts"
import { failureOf, type SignedPart } from "../token.ts"
import { type Sealed, sealedCredential, type Unreadable } from "./sealed.ts"

const SUITES = { "eddsa-jcs-2022": "Ed25519", "ecdsa-jcs-2019": "ES256" } as const satisfies Record<string, Algorithm>
const SIGNATURE_BYTES = 64
const MAX_KID_CHARS = 2_048

/** Closed: a `domain` or a `challenge` would say that it is for somebody else, or for another time. */
const proofShape = object({
  type: oneOf(["DataIntegrityProof"]),
  cryptosuite: oneOf(["eddsa-jcs-2022", "ecdsa-jcs-2019"]),
  verificationMethod: text(MAX_KID_CHARS),
  proofPurpose: oneOf(["assertionMethod"]),
  proofValue: text(256, /^z[1-9A-HJ-NP-Za-km-z]+$/, "base58btc with its z"),
  created: optional(dateTime, 0),
  expires: optional(dateTime, Number.POSITIVE_INFINITY),
  "@context": optional(list(text(256), 4), undefined),
})

/** The context of the proof must begin that of the credential (section 3.3.2 of both suites), and is what was signed. */
const withContext = (document: JsonObject, context: ReadonlyArray<string> | undefined): JsonObject | null => {
  if (context === undefined) return document
  const own = document["@context"]
  const isPrefix = Array.isArray(own) && context.every((name, i) => own[i] === name)
  return isPrefix ? { ...document, "@context": context } : null
}

/** A credential and its proof, which is not verified yet; or the first thing wrong with it. Never throws. */
export const openDataIntegrity = (token: string): Sealed | Unreadable => {
  const parsed = parseStrictObject(Buffer.from(token, "utf8"))
  if ("reason" in parsed) return { detail: parsed.detail }
  const document = without(parsed.value, "proof")
  const proof = parsed.value["proof"]
  const faults: Fault[] = []
  const read = proofShape(proof, ["proof"], faults)
  if (read === undefined || faults.length > 0) return failureOf(faults)
  const { cryptosuite, verificationMethod, proofValue, created, expires } = read
  const signature = decodeBase58(proofValue.slice(1))
  if (signature?.length !== SIGNATURE_BYTES) return { detail: `proof.proofValue must have ${SIGNATURE_BYTES} bytes` }
  const secured = withContext(document, read["@context"])
  if (secured === null) return { detail: "proof.@context must begin the @context of the credential" }
  const signed: SignedPart = {
    header: { alg: SUITES[cryptosuite], kid: verificationMethod },
    signingInput: inputOf(without(proof as JsonObject, "proofValue"), secured),
    signature,
  }
  return sealedCredential(secured, signed, { times: { from: created, until: expires }, status: null })
}
