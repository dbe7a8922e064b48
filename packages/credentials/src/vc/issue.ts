/** What an issuer does: a device credential as `vc+jwt`. */
import type { KeyObject } from "node:crypto"
import { encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { signClaims } from "@assay/jose"
import type { Assurance } from "@assay/trust"
import type { Capabilities } from "../capability/compile.ts"
import { readCredential, VC_TYP } from "./read.ts"
import { DEVICE_TYPE, UNDEFINED_TERMS_CONTEXT, VC_CONTEXT, VC_TYPE } from "./shape.ts"
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

/**
 * A signed credential, compact. Deterministic.
 * @throws TypeError where a verifier would refuse what it says, or the key is not the issuer's
 */
export const issueCredential = (input: CredentialInput, issuer: Issuer): string => {
  const named = resolveDeviceKey(issuer.did)
  if ("reason" in named) throw new TypeError(`issuer: ${named.detail}`)
  if (encodeDidKey(publicKeyOf(issuer.key)) !== encodeDidKey(named)) throw new TypeError("the key is not the issuer's")
  const body = {
    "@context": [VC_CONTEXT, UNDEFINED_TERMS_CONTEXT],
    type: [VC_TYPE, DEVICE_TYPE],
    issuer: issuer.did,
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
    ...(input.status.length === 0 ? {} : { credentialStatus: input.status.map(statusEntry) }),
  }
  const token = signClaims(body, issuer.key, { kid: named.kid, typ: VC_TYP }).toString("latin1")
  const read = readCredential(token)
  if ("detail" in read) throw new TypeError(`not a valid device credential: ${read.detail}`)
  return token
}

const statusEntry = ({ list, purpose, index }: CredentialInput["status"][number]): object => ({
  id: `${list}#${index}`,
  type: "BitstringStatusListEntry",
  statusPurpose: purpose,
  statusListIndex: String(index),
  statusListCredential: list,
})
