/**
 * What binds an attestation key to its TPM, its maker and a device: the certification of the DID's key, the endorsement, and the chain
 * of the endorsement key. It stays as it is from one piece of evidence to the next, so what held is remembered.
 */
import { hash } from "node:crypto"
import { encodeBase64url, keyIdOfDid } from "@assay/did"
import type { Measured } from "../appraise/measured.ts"
import { isKeyOfDid, measuredChain } from "../chains/shown.ts"
import type { EvidenceContext } from "../evidence/context.ts"
import { type EvidenceRefused, refused } from "../evidence/reason.ts"
import { ENDORSEMENT_TYP, type Endorsement, endorsementShape } from "../tokens/endorsement.ts"
import { readSigned } from "../tokens/signed.ts"
import type { Chain } from "../x509/chain.ts"
import { verifyEndorsementChain } from "./endorsement-key.ts"
import type { PublicArea } from "./public-area.ts"
import { asRefused, type TpmEvidence } from "./shape.ts"
import { openPublicArea, verifyCertification } from "./verify.ts"

export interface Binding {
  readonly ak: PublicArea
  /** Name of the endorsement key. */
  readonly endorsementKey: Uint8Array
  /** When the endorsement was made, seconds since 1970. */
  readonly endorsedAt: number
  /** What is kept of the certificates. */
  readonly chain: ReadonlyArray<Measured>
  /** When all of it is valid, milliseconds since 1970: from inclusive, to exclusive. */
  readonly from: number
  readonly to: number
}

/** Bindings that held under these endorsements. */
export interface Bindings {
  get(key: string): Binding | undefined
  set(key: string, binding: Binding): void
}

/** Who vouches for the attestation key, and that for this device. */
const endorsed = (
  { endorsement }: TpmEvidence,
  ak: PublicArea,
  { device, trustDomain, time, endorsers, verify }: EvidenceContext,
): Endorsement | EvidenceRefused => {
  const found = readSigned(endorsement, ENDORSEMENT_TYP, endorsementShape, endorsers, verify)
  if (typeof found === "string") return refused("evidence_not_endorsed", `the endorsement ${found}`)
  const { sub, aud, exp, ak: key } = found
  if (keyIdOfDid(sub) !== keyIdOfDid(device))
    return refused("evidence_not_endorsed", `the hardware is endorsed for ${sub}`)
  if (aud !== trustDomain) return refused("evidence_not_endorsed", `the endorsement is for ${aud}`)
  if (key !== encodeBase64url(ak.name))
    return refused("evidence_not_endorsed", "the endorsement is of another attestation key")
  return time < exp * 1000 ? found : refused("binding_ended", "the endorsement has expired: enrol again")
}

/** Who made the TPM. */
const madeBy = (
  { chain }: TpmEvidence,
  { cert }: Endorsement,
  { endorsements, time }: EvidenceContext,
): Chain | EvidenceRefused => {
  const found = verifyEndorsementChain(chain, endorsements, time)
  if (typeof found === "string") return refused("evidence_maker_unknown", found)
  return found.leaf.hash.toString("base64url") === cert
    ? found
    : refused("evidence_not_endorsed", "the endorsement is of another certificate")
}

const bound = (body: TpmEvidence, context: EvidenceContext): Binding | EvidenceRefused => {
  const { algorithms } = context.endorsements.body.appraisal
  const ak = openPublicArea(body.ak)
  if ("reason" in ak) return asRefused("the attestation key", ak)
  if (!algorithms.includes(ak.kind))
    return refused("evidence_alg_refused", `attestation keys are ${algorithms.join(", ")}, not ${ak.kind}`)
  const { certify: attest, certifySignature: signature } = body
  const key = verifyCertification({ attest, signature, attestationKey: ak, nonce: null }, body.key)
  if ("reason" in key) return asRefused("the certification", key)
  if (!isKeyOfDid(key.key, context.device))
    return refused("evidence_key_mismatch", "the certified key is not the one of the device's DID")
  const endorsement = endorsed(body, ak, context)
  if ("reason" in endorsement) return endorsement
  const maker = madeBy(body, endorsement, context)
  if ("reason" in maker) return maker
  const all = [...maker.certificates, maker.root]
  return {
    ak,
    endorsementKey: Buffer.from(endorsement.ek, "base64url"),
    endorsedAt: endorsement.iat,
    chain: measuredChain(maker),
    from: Math.max(...all.map(({ notBefore }) => notBefore)),
    to: Math.min(endorsement.exp * 1000, ...all.map(({ notAfter }) => notAfter)),
  }
}

/** All that the binding follows from, but the time: the lengths of all parts before them, so that no two have the same name. */
const nameOf = (body: TpmEvidence, { device, trustDomain, endorsers }: EvidenceContext): string => {
  const { ak, key, certify, certifySignature, endorsement, chain } = body
  const parts = [
    ak,
    key,
    certify,
    certifySignature,
    ...[endorsement, device, trustDomain, ...endorsers].map(Buffer.from),
    ...chain,
  ]
  const lengths = Buffer.from(parts.map(({ length }) => `${length}:`).join(""))
  return hash("sha256", Buffer.concat([lengths, ...parts]), "base64")
}

/** The binding, or why there is none. What was refused is looked at again each time. */
export const bindingOf = (body: TpmEvidence, context: EvidenceContext): Binding | EvidenceRefused => {
  const { bindings, time } = context
  if (bindings === undefined) return bound(body, context)
  const name = nameOf(body, context)
  const known = bindings.get(name)
  if (known !== undefined && time >= known.from && time < known.to) return known
  const found = bound(body, context)
  if (!("reason" in found)) bindings.set(name, found)
  return found
}
