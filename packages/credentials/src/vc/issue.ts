/** What an issuer does: a device credential as `vc+jwt`. */
import type { KeyObject } from "node:crypto"
import { encodeDidKey, keyIdOfDid, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { type RemoteKey, signClaims, signClaimsWith } from "@assay/jose"
import type { Assurance } from "@assay/trust"
import type { Capabilities } from "../capability/compile.ts"
import { DEVICE_TYPE, UNDEFINED_TERMS_CONTEXT, VC_CONTEXT, VC_TYPE } from "../data-model/shape.ts"
import { readCredential, VC_TYP } from "./read.ts"
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

const bodyOf = (input: CredentialInput, issuer: string): object => ({
  "@context": [VC_CONTEXT, UNDEFINED_TERMS_CONTEXT],
  type: [VC_TYPE, DEVICE_TYPE],
  issuer,
  validFrom: new Date(input.validFrom).toISOString(),
  validUntil: new Date(input.validUntil).toISOString(),
  credentialSubject: {
    id: input.subject,
    ...(input.hardwareId === null ? {} : { hardwareId: input.hardwareId }),
    vendor: input.vendor,
    class: input.class,
    assurance: input.assurance,
    capabilities: input.capabilities,
  },
  ...statusOf(input.status),
})

/** Entries of Bitstring Status Lists are members of the credential; a place in a Token Status List is a claim of the token. */
const statusOf = (all: CredentialInput["status"]): object => {
  const entries = all.filter(({ purpose }) => purpose !== "token")
  const tokens = all.filter(({ purpose }) => purpose === "token")
  if (tokens.length > 1) throw new TypeError("a credential has a place in one Token Status List at most")
  const [token] = tokens
  return {
    ...(entries.length === 0 ? {} : { credentialStatus: entries.map(statusEntry) }),
    ...(token === undefined ? {} : { status: { status_list: { idx: token.index, uri: token.list } } }),
  }
}

/** @throws TypeError */
const kidOf = (issuer: string): string => {
  const named = resolveDeviceKey(issuer)
  if ("reason" in named) throw new TypeError(`issuer: ${named.detail}`)
  return named.kid
}

/** @throws TypeError */
const checked = (token: string): string => {
  const read = readCredential(token)
  if ("detail" in read) throw new TypeError(`not a valid device credential: ${read.detail}`)
  return token
}

/**
 * A signed credential, compact. Deterministic.
 * @throws TypeError where a verifier would refuse what it says, or the key is not the issuer's
 */
export const issueCredential = (input: CredentialInput, { did, key }: Issuer): string => {
  const kid = kidOf(did)
  if (encodeDidKey(publicKeyOf(key)) !== keyIdOfDid(did)) throw new TypeError("the key is not the issuer's")
  return checked(signClaims(bodyOf(input, did), key, { kid, typ: VC_TYP }).toString("latin1"))
}

/** The same by a key that is elsewhere. @throws TypeError where a verifier would refuse what it says; what the key throws */
export const issueCredentialWith = async (input: CredentialInput, issuer: RemoteKey): Promise<string> => {
  const token = await signClaimsWith(bodyOf(input, issuer.did), issuer, { kid: kidOf(issuer.did), typ: VC_TYP })
  return checked(token.toString("latin1"))
}

const statusEntry = ({ list, purpose, index }: CredentialInput["status"][number]): object => ({
  id: `${list}#${index}`,
  type: "BitstringStatusListEntry",
  statusPurpose: purpose,
  statusListIndex: String(index),
  statusListCredential: list,
})
