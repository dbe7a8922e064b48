/**
 * Enrols the TPM of a device in two calls. First: the chain of its endorsement key ends at a maker in force, and a secret is wrapped
 * for the attestation key in that very TPM. Second: the secret came back, so the TPM holds both keys; that is signed. Between the two
 * nothing is kept here: the ticket has all that is needed, and the secret only as its hash.
 */
import { createHash, randomBytes } from "node:crypto"
import {
  base64urlText,
  ENDORSEMENT_TYP,
  type EndorsementKey,
  isAttestationKey,
  MalformedError,
  makeCredential,
  type OpenedEndorsements,
  openPublicArea,
  type PublicArea,
  readEndorsementKey,
  readSigned,
  TOKEN_MEMBERS,
  verifyEndorsementChain,
  verifyOnce,
} from "@assay/attestation"
import { encodeBase64url, resolveDeviceKey } from "@assay/did"
import { signTokenWith } from "@assay/jose"
import { object } from "@assay/jose/shape"
import type { Cells } from "@assay/log"
import type { Signer } from "@assay/signing"
import { bind } from "./bindings.ts"
import { EnrolmentRefused } from "./refusal.ts"

const TICKET_TYP = "assay-enrolment-ticket+jwt"
const TICKET_SECONDS = 600
const SECRET_BYTES = 32
/** A device enrols again before its endorsement ends; renewing the evidence needs no enrolment. */
export const ENDORSEMENT_SECONDS = 90 * 86_400

export interface EnrolmentCall {
  readonly device: string
  /** TPMT_PUBLIC of the endorsement key and of the attestation key. */
  readonly ek: Uint8Array
  readonly ak: Uint8Array
  /** Of the endorsement key, DER, leaf first. */
  readonly chain: ReadonlyArray<Uint8Array>
}

export interface Begun {
  readonly ticket: string
  /** TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET, for TPM2_ActivateCredential. */
  readonly credential: Uint8Array
  readonly seed: Uint8Array
}

export interface Enroller {
  readonly signer: Signer
  readonly trustDomain: string
  readonly cells: Cells
  /** Milliseconds since 1970. */
  readonly now: number
}

const name = base64urlText(128)
const ticketShape = object({ ...TOKEN_MEMBERS, ak: name, ek: name, cert: name, secret: name })

const endorsementKeyOf = (bytes: Uint8Array): EndorsementKey => {
  try {
    return readEndorsementKey(bytes)
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause
    throw new EnrolmentRefused(400, "enrolment.malformed", `ek: ${cause.message}`)
  }
}

const attestationKeyOf = (bytes: Uint8Array): PublicArea => {
  const found = openPublicArea(bytes)
  if ("reason" in found) throw new EnrolmentRefused(400, "enrolment.malformed", `ak: ${found.detail}`)
  if (!isAttestationKey(found))
    throw new EnrolmentRefused(403, "enrolment.key_refused", "ak signs what its TPM did not make, or may leave it")
  return found
}

const SAME_KEY = { format: "der", type: "spki" } as const

/** The leaf of a chain that ends at a maker of one of the vendors. @throws EnrolmentRefused */
const certificateOf = (
  { key }: EndorsementKey,
  chain: ReadonlyArray<Uint8Array>,
  vendors: ReadonlyArray<OpenedEndorsements>,
  time: number,
): Uint8Array => {
  let why = "no endorsements are in force"
  for (const endorsements of vendors) {
    const found = verifyEndorsementChain(chain, endorsements, time)
    if (typeof found === "string") {
      why = found
      continue
    }
    if (Buffer.compare(found.leaf.key.export(SAME_KEY), key.export(SAME_KEY)) !== 0)
      throw new EnrolmentRefused(403, "enrolment.key_mismatch", "the certificate is of another key than ek")
    return found.leaf.hash
  }
  throw new EnrolmentRefused(403, "enrolment.maker_unknown", `the chain of the endorsement key: ${why}`)
}

/** @throws EnrolmentRefused */
export const beginEnrolment = async (
  { signer, trustDomain, now }: Enroller,
  { device, ek: ekArea, ak: akArea, chain }: EnrolmentCall,
  vendors: ReadonlyArray<OpenedEndorsements>,
): Promise<Begun> => {
  if ("reason" in resolveDeviceKey(device))
    throw new EnrolmentRefused(400, "enrolment.malformed", "device is not a did:key or did:jwk")
  const ek = endorsementKeyOf(ekArea)
  const ak = attestationKeyOf(akArea)
  const cert = certificateOf(ek, chain, vendors, now)
  const secret = randomBytes(SECRET_BYTES)
  const { blob, seed } = makeCredential(ek, ak.name, secret)
  const iat = Math.floor(now / 1000)
  const ticket = await signTokenWith(
    {
      sub: device,
      aud: trustDomain,
      iat,
      exp: iat + TICKET_SECONDS,
      ak: encodeBase64url(ak.name),
      ek: encodeBase64url(ek.name),
      cert: encodeBase64url(cert),
      secret: createHash("sha256").update(secret).digest("base64url"),
    },
    signer,
    TICKET_TYP,
  )
  return { ticket, credential: blob, seed }
}

export interface Finished {
  readonly endorsement: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** @throws EnrolmentRefused */
export const finishEnrolment = async (
  { signer, trustDomain, cells, now }: Enroller,
  ticket: string,
  secret: Uint8Array,
): Promise<Finished> => {
  const found = readSigned(ticket, TICKET_TYP, ticketShape, [signer.did], verifyOnce)
  if (typeof found === "string") throw new EnrolmentRefused(400, "enrolment.ticket_refused", `the ticket ${found}`)
  if (found.aud !== trustDomain || now >= found.exp * 1000)
    throw new EnrolmentRefused(
      400,
      "enrolment.ticket_refused",
      "the ticket has ended or is of another deployment: begin again",
    )
  if (createHash("sha256").update(secret).digest("base64url") !== found.secret)
    throw new EnrolmentRefused(403, "enrolment.not_activated", "the secret is not what TPM2_ActivateCredential gives")
  const { sub, ak, ek, cert } = found
  const iat = Math.floor(now / 1000)
  const exp = iat + ENDORSEMENT_SECONDS
  const other = await bind(cells, Buffer.from(ek, "base64url"), sub, now, exp * 1000)
  if (other !== null)
    throw new EnrolmentRefused(409, "enrolment.bound", `this hardware is bound to ${other} until its endorsement ends`)
  const jti = randomBytes(16).toString("base64url")
  const endorsement = await signTokenWith(
    { sub, aud: trustDomain, iat, exp, jti, ak, ek, cert },
    signer,
    ENDORSEMENT_TYP,
  )
  return { endorsement, expires: exp * 1000 }
}
