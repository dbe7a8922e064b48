/**
 * A passport: a short-lived signed attestation result with trust state, zone and capabilities, which a deployment issues to a
 * trusted device and another device checks (RFC 9334 section 5.1, passport model). As JWT and as CWT, with the same claims:
 *
 *   JWT            CWT          what
 *   iss            1            DID of the passport signer, named by the policy slice
 *   sub            2            DID of the device
 *   aud            3            the deployment: its trust domain
 *   exp, iat       4, 6         seconds since 1970
 *   jti            7            serial, 8 bytes; base64url in the JWT
 *   cnf.jkt        8 {-70000}   JWK thumbprint of the device's key (RFC 7638), 32 bytes
 *   cnf.kid        8 {3}        did:key of that key (RFC 7800, RFC 8747), where the DID of the device is no key: a document lists it
 *   ear.status     1000         EAR status: 0 none, 2 affirming, 32 warning, 96 contraindicated; none without evidence
 *   m2m            -70001       the members of `Standing`; in the CWT their values in that order, as a list
 *
 * In the CWT the assurance is its index, acts are bits in the order of ACTS, an audience that begins with the trust domain is
 * written `~` and what follows it, and a checkpoint is a list.
 */
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "../bytes/bytes.ts"
import type { Cbor, CborMap } from "../bytes/cbor.ts"
import { bytesOf, count, listOf, members, nullable, oneOf, type Shape, text, wrongMember } from "../bytes/check.ts"
import type { JsonObject } from "../bytes/json.ts"

export const ACTS = ["telemetry", "event", "command", "config", "firmware"] as const
export type Act = (typeof ACTS)[number]
export const ASSURANCES = ["none", "claimed", "software", "hardware"] as const
export type Assurance = (typeof ASSURANCES)[number]
/** EAR's status (draft-ietf-rats-ear), with AR4SI's trust tiers as numbers. */
export const EAR_STATUS = { none: 0, affirming: 2, warning: 32, contraindicated: 96 } as const
export type EarStatus = keyof typeof EAR_STATUS

export const PASSPORT_TYP = "m2m-passport"
export const MAX_PASSPORT_BYTES = 2_048
export const MAX_CWT_BYTES = 600
const MAX_AUDIENCES = 8

/** A checkpoint of the transparency log, before which the decision lies. */
export interface Checkpoint {
  readonly epoch: number
  readonly partition: number
  readonly size: number
  /** base64url. */
  readonly root: string
}

/** How the device stands with the deployment. It never raises the EAR status, which is about evidence. */
export interface Standing {
  readonly trust: string
  /** 0..100, percent. */
  readonly reputation: number
  readonly zone: string
  readonly class: string | null
  readonly assurance: Assurance
  /** What it may do. */
  readonly acts: ReadonlyArray<Act>
  /** Whom it may address: patterns, exact or a prefix that ends with `*`. */
  readonly audiences: ReadonlyArray<string>
  readonly log: Checkpoint | null
}

export interface PassportClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly exp: number
  readonly iat: number
  readonly jti: string
  readonly cnf: { readonly jkt: string; readonly kid?: string }
  readonly "ear.status": EarStatus
  readonly m2m: Standing
}

const did = text(1_024, /^did:/)

const STANDING: Shape = {
  trust: text(32),
  reputation: count(100),
  zone: text(64),
  class: nullable(text(128)),
  assurance: oneOf(ASSURANCES),
  acts: listOf(oneOf(ACTS), ACTS.length),
  audiences: listOf(text(512), MAX_AUDIENCES),
  log: nullable(members({ epoch: count(), partition: count(), size: count(), root: bytesOf(32) })),
}

const CLAIMS: Shape = {
  iss: did,
  sub: did,
  aud: text(512),
  exp: count(),
  iat: count(),
  jti: bytesOf(8),
  cnf: members({ jkt: bytesOf(32), kid: (kid) => kid === undefined || did(kid) }),
  "ear.status": oneOf(Object.keys(EAR_STATUS)),
  m2m: members(STANDING),
}

/** The claims of a JWT are those of a passport already; null where one is missing, unknown, or out of bounds. */
export const fromJwt = (claims: JsonObject | object): PassportClaims | null =>
  wrongMember(CLAIMS, claims) === null ? (claims as PassportClaims) : null

/** Those below -65536 are for private use (RFC 8392). */
const JKT = -70_000
/** RFC 8747. */
const KID = 3
const LABELS = [1, 2, 3, 4, 6, 7, 8, 1000, -70_001]

const textOf = (value: Cbor | undefined): string | null => (value instanceof Uint8Array ? toBase64(value) : null)

export const fromCwt = (claims: CborMap): PassportClaims | null => {
  const [iss, sub, aud, exp, iat, jti, cnf, status, m2m] = LABELS.map((label) => claims.get(label))
  if (
    claims.size !== LABELS.length ||
    !(cnf instanceof Map) ||
    cnf.size !== (cnf.get(KID) instanceof Uint8Array ? 2 : 1) ||
    !Array.isArray(m2m) ||
    m2m.length !== 8
  )
    return null
  const [trust, reputation, zone, deviceClass, assurance, bits, audiences, log] = m2m as ReadonlyArray<Cbor>
  if (!count(31)(bits) || !listOf(text(512), MAX_AUDIENCES)(audiences) || !nullable(Array.isArray)(log)) return null
  const [epoch, partition, size, root] = (log ?? []) as ReadonlyArray<Cbor>
  return fromJwt({
    iss,
    sub,
    aud,
    exp,
    iat,
    jti: textOf(jti),
    cnf: { jkt: textOf((cnf as CborMap).get(JKT)), ...(cnf.size > 1 && { kid: fromUtf8(cnf.get(KID)) }) },
    "ear.status": Object.entries(EAR_STATUS).find(([, tier]) => tier === status)?.[0],
    m2m: {
      trust,
      reputation,
      zone,
      class: deviceClass,
      assurance: ASSURANCES[assurance as number],
      acts: ACTS.filter((_, bit) => ((bits as number) >> bit) & 1),
      audiences: (audiences as ReadonlyArray<string>).map((pattern) => pattern.replace(/^~/, aud as string)),
      log: log && { epoch, partition, size, root: textOf(root) },
    },
  })
}

export const toCwt = ({ iss, sub, aud, exp, iat, jti, cnf, m2m, ...claims }: PassportClaims): CborMap => {
  const bytes = (value: string): Uint8Array => fromBase64(value) as Uint8Array
  const { log } = m2m
  const standing: ReadonlyArray<Cbor> = [
    m2m.trust,
    m2m.reputation,
    m2m.zone,
    m2m.class,
    ASSURANCES.indexOf(m2m.assurance),
    ACTS.reduce((bits, act, bit) => (m2m.acts.includes(act) ? bits | (1 << bit) : bits), 0),
    m2m.audiences.map((pattern) => (pattern.startsWith(aud) ? `~${pattern.slice(aud.length)}` : pattern)),
    log === null ? null : [log.epoch, log.partition, log.size, bytes(log.root)],
  ]
  const values: ReadonlyArray<Cbor> = [
    iss,
    sub,
    aud,
    exp,
    iat,
    bytes(jti),
    new Map<number, Cbor>([...(cnf.kid === undefined ? [] : [[KID, toUtf8(cnf.kid)] as const]), [JKT, bytes(cnf.jkt)]]),
    EAR_STATUS[claims["ear.status"]],
    standing,
  ]
  return new Map(values.map((value, i) => [LABELS[i]!, value] as const))
}
