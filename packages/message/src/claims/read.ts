/**
 * From a payload to claims, closed: every member is known, of its type and within its bounds, and none is missing. A
 * message is `{iss, aud, iat, act, epo, seq, prv, senml | body, fw}`; where a gateway speaks for a device that cannot sign, `iss`
 * is the gateway and `sub` the name of the device, and there is no `fw`; a presentation `{iss, aud, iat, vc}`, outside of the
 * device's sequence; evidence of its hardware `{iss, aud, iat, epo, challenge, evidence}`, outside of it too. Of the readings, one
 * that is wrong is a fault of the message and hides nothing else.
 */

import { isObject, type Json, type JsonObject, type JwsHeader, parseStrictObject } from "@assay/jose"
import {
  ACTIONS,
  type Action,
  type Claims,
  delegatedId,
  type EvidenceClaims,
  type FirmwareClaim,
  isDelegated,
  isDelegateName,
  isDigest,
  type MESSAGE_TYPES,
  type MessageClaims,
  type PresentationClaims,
  type Reading,
} from "@assay/trust"
import { AUDIENCE_FORM, isAudience } from "./audience.ts"
import { firmwareOf, firmwarePartsOf, isCount } from "./members.ts"
import { isPrintable } from "./printable.ts"
import { readPlain, type Telemetry } from "./read-plain.ts"
import { readPack } from "./senml.ts"

export const MAX_CREDENTIALS = 8
const MAX_BODY = 64 * 1024

export interface ReadClaims {
  readonly claims: Claims
  readonly readings: ReadonlyArray<Reading>
  /** What is wrong with the readings; null where nothing is. The message has its place all the same. */
  readonly fault: string | null
}
export interface ClaimsFailure {
  readonly reason: "malformed_claims"
  readonly detail: string
  /** The claimed issuer, where that can be read: its signature tells whether it made the mistake. */
  readonly iss: string | null
}

const MESSAGE_MEMBERS = new Set(["iss", "sub", "aud", "iat", "act", "epo", "seq", "prv", "senml", "body", "fw"])
const PRESENTATION_MEMBERS = new Set(["iss", "aud", "iat", "vc"])
const EVIDENCE_MEMBERS = new Set(["iss", "aud", "iat", "epo", "challenge", "evidence"])
const MAX_FORMAT = 32

const NO_READINGS: ReadonlyArray<Reading> = []

/**
 * The claims of a token's payload, or the first thing wrong with it. Never throws.
 * @param digest base64url SHA-256 of the signing input
 */
export const readClaims = (header: JwsHeader, payload: Uint8Array, digest: string): ReadClaims | ClaimsFailure => {
  const plain = header.typ === "m2m-message+jwt" ? readPlain(payload) : null
  if (plain !== null)
    return { claims: messageOf(header, digest, plain, "telemetry", null), readings: plain.readings, fault: null }
  const parsed = parseStrictObject(payload)
  if ("reason" in parsed) return { reason: "malformed_claims", detail: parsed.detail, iss: null }
  return readMembers(header, parsed.value, digest)
}

/** The claims of a payload that is read already, whatever its format. Never throws. */
export const readMembers = (header: JwsHeader, value: JsonObject, digest: string): ReadClaims | ClaimsFailure => {
  const found = READERS[header.typ as (typeof MESSAGE_TYPES)[number]](header, value, digest)
  if (typeof found !== "string") return found
  return { reason: "malformed_claims", detail: found, iss: typeof value.iss === "string" ? value.iss : null }
}

const readMessage = (header: JwsHeader, payload: JsonObject, digest: string): ReadClaims | string => {
  const common = readCommon(payload, MESSAGE_MEMBERS)
  if (typeof common === "string") return common
  const { act, epo, seq, senml, body } = payload
  if (!isAction(act)) return `act is none of ${ACTIONS.join(", ")}`
  if (!isCount(epo)) return "epo is not a count"
  if (!isCount(seq)) return "seq is not a count"
  const prv = payload.prv ?? null
  if (prv !== null && (typeof prv !== "string" || !isDigest(prv))) return "prv is not a base64url SHA-256"
  // Only the first message of a device has nothing before it; later epochs chain on to the one before.
  if (prv === null && seq !== 0) return "prv is missing"
  const fw = payload.fw === undefined ? null : readFirmware(payload.fw)
  if (typeof fw === "string") return fw
  const speaker = readSpeaker(common.iss, payload.sub)
  if (speaker === null) return SUBJECT_FORM
  // What firmware it runs only the device itself can say.
  if (fw !== null && speaker !== common.iss)
    return "fw is what a device says of itself, and here a gateway speaks for it"
  let readings = NO_READINGS
  let fault: string | null = null
  let text: string | null = null
  if (act === "telemetry") {
    if (body !== undefined) return "telemetry has no body"
    const pack = readPack(senml, common.iat)
    if (typeof pack === "string") return pack
    readings = pack.readings
    fault = pack.fault
  } else {
    if (senml !== undefined) return "only telemetry has senml"
    if (!isObject(body)) return "body is not an object"
    text = JSON.stringify(body)
    if (text.length > MAX_BODY) return `body is longer than ${MAX_BODY} characters`
  }
  return {
    claims: messageOf(header, digest, { ...common, iss: speaker, epo, seq, prv, fw }, act, text),
    readings,
    fault,
  }
}

const SUBJECT_FORM =
  "sub is not the name of a device: 1 to 128 letters, digits and . _ : -, which begin and end with a letter or digit"

/** Who speaks: the DID that signs, or the device under it that a gateway signs for. Null where `sub` names none. */
const readSpeaker = (iss: string, sub: Json | undefined): string | null => {
  if (sub === undefined) return iss
  return isDelegateName(sub) ? delegatedId(iss, sub) : null
}

/** One object literal per kind, members in the order of the codec: engines give equal literals one shape. */
const messageOf = (
  header: JwsHeader,
  digest: string,
  { iss, aud, iat, epo, seq, prv, fw }: Omit<Telemetry, "readings">,
  act: Action,
  body: string | null,
): MessageClaims => ({
  kind: "message",
  alg: header.alg,
  kid: header.kid,
  iss,
  aud,
  iat,
  digest,
  act,
  epo,
  seq,
  prv,
  fw,
  body,
})

const readPresentation = (header: JwsHeader, payload: JsonObject, digest: string): ReadClaims | string => {
  const common = readCommon(payload, PRESENTATION_MEMBERS)
  if (typeof common === "string") return common
  const { vc } = payload
  if (!Array.isArray(vc) || vc.length === 0 || vc.length > MAX_CREDENTIALS)
    return `vc is not an array of 1 to ${MAX_CREDENTIALS} credentials`
  if (!vc.every((token) => typeof token === "string" && token !== "")) return "a credential is not a compact JWS"
  const claims: PresentationClaims = {
    kind: "presentation",
    alg: header.alg,
    kid: header.kid,
    iss: common.iss,
    aud: common.aud,
    iat: common.iat,
    digest,
    credentials: vc as ReadonlyArray<string>,
  }
  return { claims, readings: NO_READINGS, fault: null }
}

const readEvidence = (header: JwsHeader, payload: JsonObject, digest: string): ReadClaims | string => {
  const common = readCommon(payload, EVIDENCE_MEMBERS)
  if (typeof common === "string") return common
  const { epo, challenge, evidence } = payload
  if (!isCount(epo)) return "epo is not a count"
  if (typeof challenge !== "string" || challenge === "") return "challenge is not a compact JWS"
  if (!isObject(evidence)) return "evidence is not an object"
  const { format } = evidence
  if (!isPrintable(format, MAX_FORMAT)) return `evidence.format is not text of 1 to ${MAX_FORMAT} characters`
  const { iss, aud, iat } = common
  const claims: EvidenceClaims = {
    kind: "evidence",
    alg: header.alg,
    kid: header.kid,
    iss,
    aud,
    iat,
    digest,
    epo,
    format,
  }
  return { claims, readings: NO_READINGS, fault: null }
}

const READERS: Readonly<
  Record<
    (typeof MESSAGE_TYPES)[number],
    (header: JwsHeader, payload: JsonObject, digest: string) => ReadClaims | string
  >
> = {
  "m2m-message+jwt": readMessage,
  "m2m-presentation+jwt": readPresentation,
  "m2m-evidence+jwt": readEvidence,
  "m2m+cwt": readMessage,
  "m2m-presentation+cwt": readPresentation,
  "m2m-evidence+cwt": readEvidence,
}

const readCommon = (
  payload: JsonObject,
  members: ReadonlySet<string>,
): { readonly iss: string; readonly aud: string; readonly iat: number } | string => {
  for (const member in payload)
    if (!members.has(member)) return `the payload carries ${JSON.stringify(member.slice(0, 64))}`
  const { iss, aud, iat } = payload
  if (typeof iss !== "string") return "iss is not a string"
  if (isDelegated(iss))
    return "iss has a path: it is the DID that signs, and sub the name of the device that it signs for"
  if (!isAudience(aud)) return AUDIENCE_FORM
  if (!isCount(iat)) return "iat is not in whole seconds"
  return { iss, aud, iat }
}

const readFirmware = (value: Json): FirmwareClaim | string => {
  if (!isObject(value)) return "fw is not an object"
  const { vendor, class: kind, digest, version, svn } = value
  const parts = Number(value.components !== undefined) + Number(value.spare !== undefined)
  if (Object.keys(value).length !== 5 + parts)
    return "fw is not {vendor, class, digest, version, svn}, with components and spare where it has them"
  const said = firmwarePartsOf(value)
  return typeof said === "string" ? said : firmwareOf({ vendor, class: kind, digest, version, svn })
}

const isAction = (value: Json | undefined): value is Action => (ACTIONS as ReadonlyArray<unknown>).includes(value)
