/**
 * Passports, revocation snapshots and passport policies, for devices that decide by themselves. A passport names the zone of its
 * device, and a passport policy the conduits of a zone, so either is for its holder, or for who may read.
 */
import { TokenBucket } from "@assay/bounded"
import { RequestError } from "../request.ts"
import type { Answer, Call, Route } from "../route.ts"

export interface ShownPassport {
  readonly device: string
  readonly zone: string
  readonly serial: string
  /** Milliseconds since 1970. */
  readonly issued: number
  readonly expires: number
  readonly jwt: string
  readonly cwt: Uint8Array | null
}

/** What issues passports, as far as it is asked here. */
export interface PassportIssuer {
  /** The passport, or why there is none; `reading`: it has not read all that was decided. */
  passport(did: string): ShownPassport | string
  /** Whether `proof` shows that its sender holds the key of the DID. */
  isHolder(proof: string, did: string): boolean
  /** A snapshot of now as CWT; null while it reads. @param nonce base64url of 16 to 64 bytes, or null */
  snapshot(nonce: string | null): Promise<Uint8Array | null>
  /** The signed passport policy in force of a zone; null where there is none. */
  policy(zone: string): Uint8Array | null
}

/** The header by which a device proves its key, and how long one may be. */
const PROOF = "device-proof"
const MAX_PROOF = 4_096
const AGAIN_MS = 1_000
/** Snapshots over nonces, a second, for all callers: each is a signature. */
const LIVE_PER_SECOND = 50
/** The snapshot that nobody drew a nonce for is made once in so long. */
const CACHED_MS = 1_000

const proofOf = ({ request }: Call): string | null => {
  const proof = request.headers[PROOF]
  return typeof proof === "string" && proof.length <= MAX_PROOF ? proof : null
}

const mayRead = ({ caller }: Call): boolean => caller.rights.includes("read")

const forbidden = (whose: string): RequestError =>
  new RequestError(401, "passport.unproven", `call with the right to read, or prove the key of ${whose} in ${PROOF}`)

const reading = (): RequestError =>
  new RequestError(503, "passport.reading", "the issuer reads what was decided: ask again", AGAIN_MS)

const WHY: Readonly<Record<string, string>> = {
  unknown: "is not known, or its passport is being made",
  state: "is not trusted: passports are for trusted devices",
  life: "is not active: it is suspended, its enrolment is not finished, or its life is over",
  credential: "has shown no credential that is in force",
  zone: "has no zone in the policy in force",
  key: "has a document that lists no key it signs with",
  policy: "has no passport policy in force for its zone that names this issuer",
}

const shown = (issuer: PassportIssuer, call: Call): Answer => {
  const did = call.params[0]!
  const proof = proofOf(call)
  if (!mayRead(call) && !(proof !== null && issuer.isHolder(proof, did))) throw forbidden(did)
  const found = issuer.passport(did)
  if (found === "reading") throw reading()
  if (typeof found === "string") throw new RequestError(404, "passport.none", `${did} ${WHY[found] ?? found}`)
  const { cwt, issued, expires, ...passport } = found
  const iso = (ms: number): string => new Date(ms).toISOString()
  return {
    status: 200,
    body: {
      ...passport,
      issued: iso(issued),
      expires: iso(expires),
      cwt: cwt === null ? null : Buffer.from(cwt).toString("base64url"),
    },
  }
}

const policy = (issuer: PassportIssuer, call: Call): Answer => {
  const zone = call.params[0]!
  const proof = proofOf(call)
  const device = call.url.searchParams.get("device")
  const isOfZone = (): boolean => {
    const passport =
      device === null || proof === null || !issuer.isHolder(proof, device) ? null : issuer.passport(device)
    return typeof passport === "object" && passport?.zone === zone
  }
  if (!mayRead(call) && !isOfZone()) throw forbidden("a device of the zone, named by ?device=")
  const found = issuer.policy(zone)
  if (found === null) throw new RequestError(404, "passport.no_policy", `no passport policy of ${zone} is in force`)
  return { status: 200, body: found, type: "application/vnd.dsse.envelope+json" }
}

/** A snapshot says of nobody by name who it is about: everybody may have it. */
const revocations = (issuer: PassportIssuer): Route => {
  const live = new TokenBucket(LIVE_PER_SECOND, LIVE_PER_SECOND, performance.now())
  let cached: { readonly at: number; readonly bytes: Promise<Uint8Array | null> } | null = null
  const make = (nonce: string | null): Promise<Uint8Array | null> => {
    const now = performance.now()
    if (nonce !== null) {
      const wait = live.take(1, now)
      if (wait > 0) throw new RequestError(429, "http.quota", "too many live snapshots are asked for", wait)
      return issuer.snapshot(nonce)
    }
    if (cached === null || now - cached.at >= CACHED_MS) cached = { at: now, bytes: issuer.snapshot(null) }
    return cached.bytes
  }
  return {
    method: "GET",
    path: "/v1/revocations",
    doc: {
      summary: "A revocation snapshot of now; over a nonce with `?nonce=`",
      gives: "application/cwt",
      answers: { 200: "The snapshot" },
    },
    right: null,
    handle: async ({ url }) => {
      const nonce = url.searchParams.get("nonce")
      if (nonce !== null && !/^[A-Za-z0-9_-]{22,86}$/.test(nonce))
        throw new RequestError(400, "passport.nonce", "nonce is base64url of 16 to 64 bytes")
      const bytes = await make(nonce)
      if (bytes === null) throw reading()
      return { status: 200, body: bytes, type: "application/cwt" }
    },
  }
}

export const passportRoutes = (issuer: PassportIssuer): ReadonlyArray<Route> => [
  {
    method: "GET",
    path: "/v1/passports/{did}",
    right: null,
    doc: {
      summary: "The passport of a device, for its holder, or with the right to read",
      answers: { 200: "The passport", 401: "Neither", 404: "There is none: the message says why" },
    },
    handle: (call) => shown(issuer, call),
  },
  {
    method: "GET",
    path: "/v1/passport-policies/{zone}",
    right: null,
    doc: {
      summary: "The signed passport policy in force of a zone, for a device of the zone, or with the right to read",
      gives: "application/vnd.dsse.envelope+json",
      answers: { 200: "The policy", 401: "Neither", 404: "There is none" },
    },
    handle: (call) => policy(issuer, call),
  },
  revocations(issuer),
]
