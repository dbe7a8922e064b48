/** What an issuer does: a device credential, in any of the formats that are read. */
import type { KeyObject } from "node:crypto"
import { signSign1With } from "@assay/cose"
import { encodeBase58, encodeBase64url, encodeDidKey, keyIdOfDid, publicKeyOf } from "@assay/did"
import { inputOf } from "@assay/did-document"
import { type JsonObject, kidOfKey, type RemoteKey, signClaims, signClaimsWith } from "@assay/jose"
import type { Assurance } from "@assay/trust"
import type { Capabilities } from "../capability/compile.ts"
import { DEVICE_TYPE, UNDEFINED_TERMS_CONTEXT, VC_CONTEXT, VC_TYPE } from "../data-model/shape.ts"
import { hide } from "../formats/sd-jwt/make.ts"
import { VCT } from "../formats/sd-jwt/read.ts"
import { VC_TYP } from "../formats/vc-jwt.ts"
import { readCredential } from "./read.ts"
import type { StatusRef } from "./terms.ts"

export interface CredentialInput {
  /** The device's DID. */
  readonly subject: string
  readonly vendor: string
  readonly class: string
  readonly assurance: Assurance
  readonly hardwareId: string | null
  readonly capabilities: Capabilities
  /** Milliseconds since 1970, inclusive and exclusive. */
  readonly validFrom: number
  readonly validUntil: number
  readonly status: ReadonlyArray<StatusRef & { readonly index: number }>
}

export interface Issuer {
  /** did:key or did:jwk. */
  readonly did: string
  /** Private Ed25519 or P-256 key of the DID. */
  readonly key: KeyObject
}

export const ISSUED_FORMATS = ["vc+jwt", "dc+sd-jwt", "data-integrity", "vc+cose"] as const
export type IssuedFormat = (typeof ISSUED_FORMATS)[number]

/** Those that a device credential may leave to its holder. */
const HIDEABLE: ReadonlySet<string> = new Set(["hardwareId", "assurance"])

const subjectOf = (input: CredentialInput) => ({
  ...(input.hardwareId === null ? {} : { hardwareId: input.hardwareId }),
  vendor: input.vendor,
  class: input.class,
  assurance: input.assurance,
  capabilities: input.capabilities,
})

const credentialOf = (input: CredentialInput, issuer: string): JsonObject => {
  const entries = input.status.filter(({ purpose }) => purpose !== "token")
  const body = {
    "@context": [VC_CONTEXT, UNDEFINED_TERMS_CONTEXT],
    type: [VC_TYPE, DEVICE_TYPE],
    issuer,
    validFrom: new Date(input.validFrom).toISOString(),
    validUntil: new Date(input.validUntil).toISOString(),
    credentialSubject: { id: input.subject, ...subjectOf(input) },
    ...(entries.length === 0 ? {} : { credentialStatus: entries.map(statusEntry) }),
  }
  // Without members that are undefined: what is signed is what is written.
  return JSON.parse(JSON.stringify(body)) as JsonObject
}

const statusEntry = ({ list, purpose, index }: CredentialInput["status"][number]): object => ({
  id: `${list}#${index}`,
  type: "BitstringStatusListEntry",
  statusPurpose: purpose,
  statusListIndex: String(index),
  statusListCredential: list,
})

/** A place in a Token Status List is a claim of the token, beside the credential. */
const statusClaimOf = ({ status }: CredentialInput): JsonObject => {
  const tokens = status.filter(({ purpose }) => purpose === "token")
  if (tokens.length > 1) throw new TypeError("a credential has a place in one Token Status List at most")
  const [token] = tokens
  return token === undefined ? {} : { status: { status_list: { idx: token.index, uri: token.list } } }
}

const withoutClaims = (input: CredentialInput, format: IssuedFormat): void => {
  if (input.status.some(({ purpose }) => purpose === "token"))
    throw new TypeError(`${format} has no claims, and so no place in a Token Status List: use vc+jwt or dc+sd-jwt`)
}

/** @throws TypeError */
const checked = (token: string): string => {
  const read = readCredential(token)
  if ("detail" in read) throw new TypeError(`not a valid device credential: ${read.detail}`)
  return token
}

const jwtOf = (input: CredentialInput, issuer: string): JsonObject => ({
  ...credentialOf(input, issuer),
  ...statusClaimOf(input),
})

/**
 * A signed `vc+jwt`. Deterministic.
 * @throws TypeError where a verifier would refuse what it says, or the key is not the issuer's
 */
export const issueCredential = (input: CredentialInput, { did, key }: Issuer): string => {
  const kid = kidOfKey({ did })
  if (encodeDidKey(publicKeyOf(key)) !== keyIdOfDid(did)) throw new TypeError("the key is not the issuer's")
  return checked(signClaims(jwtOf(input, did), key, { kid, typ: VC_TYP }).toString("latin1"))
}

type Seal = (input: CredentialInput, issuer: RemoteKey, kid: string, hidden: ReadonlyArray<string>) => Promise<string>

const sealSdJwt: Seal = async (input, issuer, kid, hidden) => {
  if (input.status.some(({ purpose }) => purpose !== "token"))
    throw new TypeError("dc+sd-jwt has its place in a Token Status List, and in no other")
  const strange = hidden.find((name) => !HIDEABLE.has(name))
  if (strange !== undefined)
    throw new TypeError(`${strange} is not disclosed selectively: ${[...HIDEABLE].join(", ")} may be`)
  const subject = JSON.parse(JSON.stringify(subjectOf(input))) as JsonObject
  const disclosures = hidden.flatMap((name) => (subject[name] === undefined ? [] : [hide(name, subject[name])]))
  const [from, until] = [input.validFrom, input.validUntil].map((ms) => Math.floor(ms / 1_000)) as [number, number]
  const claims = {
    iss: issuer.did,
    sub: input.subject,
    vct: VCT,
    iat: from,
    nbf: from,
    exp: until,
    ...statusClaimOf(input),
    ...Object.fromEntries(Object.entries(subject).filter(([name]) => !hidden.includes(name))),
    ...(disclosures.length === 0 ? {} : { _sd: disclosures.map(({ digest }) => digest).sort(), _sd_alg: "sha-256" }),
  }
  const jwt = await signClaimsWith(claims, issuer, { kid, typ: "dc+sd-jwt" })
  return [jwt.toString("latin1"), ...disclosures.map(({ disclosure }) => disclosure), ""].join("~")
}

const sealDataIntegrity: Seal = async (input, issuer, kid) => {
  withoutClaims(input, "data-integrity")
  const credential = credentialOf(input, issuer.did)
  const proof: JsonObject = {
    type: "DataIntegrityProof",
    cryptosuite: issuer.alg === "Ed25519" ? "eddsa-jcs-2022" : "ecdsa-jcs-2019",
    created: new Date(input.validFrom).toISOString().replace(/\.\d+Z$/, "Z"),
    verificationMethod: kid,
    proofPurpose: "assertionMethod",
    "@context": credential["@context"]!,
  }
  const signature = await issuer.sign(inputOf(proof, credential))
  return JSON.stringify({ ...credential, proof: { ...proof, proofValue: `z${encodeBase58(signature)}` } })
}

const SEALS: Readonly<Record<IssuedFormat, Seal>> = {
  "vc+jwt": async (input, issuer, kid) =>
    (await signClaimsWith(jwtOf(input, issuer.did), issuer, { kid, typ: VC_TYP })).toString("latin1"),
  "dc+sd-jwt": sealSdJwt,
  "data-integrity": sealDataIntegrity,
  "vc+cose": async (input, issuer, kid) => {
    withoutClaims(input, "vc+cose")
    const payload = Buffer.from(JSON.stringify(credentialOf(input, issuer.did)))
    const options = { kid: Buffer.from(kid), typ: "application/vc+cose" }
    return encodeBase64url(await signSign1With(payload, issuer, options))
  },
}

/**
 * A signed credential as it stands in a presentation, by a key that may be elsewhere.
 * @param format default: `vc+jwt`
 * @param hidden members that its holder discloses or not; only of `dc+sd-jwt`
 * @throws TypeError where a verifier would refuse what it says, or the format has no place for it; what the key throws
 */
export const issueCredentialWith = async (
  input: CredentialInput,
  issuer: RemoteKey,
  format: IssuedFormat = "vc+jwt",
  hidden: ReadonlyArray<string> = [],
): Promise<string> => checked(await SEALS[format](input, issuer, kidOfKey(issuer), hidden))
