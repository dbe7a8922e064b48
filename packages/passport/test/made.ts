/** Keys, passports, slices and snapshots as a deployment makes them, with faults where a test asks for one. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import {
  type Clock,
  openPassport,
  openSlice,
  openSnapshot,
  type Passport,
  type PassportClaims,
  type Slice,
  type Snapshot,
} from "../src/index.ts"
import {
  encodeCbor,
  keyOfDid,
  kidOf,
  PASSPORT_TYP,
  placesOf,
  protectedHeader,
  SLICE_TYPE,
  SNAPSHOT_TYP,
  type SnapshotClaims,
  signingInput,
  snapshotToCwt,
  thumbprintInput,
  toBase64,
  toCwt,
} from "../src/issue.ts"

export type Alg = "Ed25519" | "ES256"

export interface Signer {
  readonly did: string
  readonly alg: Alg
  readonly sign: (input: Uint8Array) => Uint8Array
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const base58 = (bytes: Uint8Array): string => {
  let value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`)
  let text = ""
  for (; value > 0n; value /= 58n) text = BASE58[Number(value % 58n)]! + text
  return text
}

export const signer = (alg: Alg = "Ed25519", method: "key" | "jwk" = "key"): Signer => {
  const { publicKey, privateKey } =
    alg === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
  return { did: didOf(publicKey, alg, method), alg, sign: (input) => signature(privateKey, alg, input) }
}

const signature = (key: KeyObject, alg: Alg, input: Uint8Array): Uint8Array =>
  alg === "Ed25519" ? sign(null, input, key) : sign("sha256", input, { key, dsaEncoding: "ieee-p1363" })

const didOf = (publicKey: KeyObject, alg: Alg, method: "key" | "jwk"): string => {
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" }) as Record<string, string>
  if (method === "jwk") {
    const jwk = alg === "Ed25519" ? { crv, kty, x } : { crv, kty, x, y }
    return `did:jwk:${toBase64(Buffer.from(JSON.stringify(jwk)))}`
  }
  const bytes = Buffer.from(x!, "base64url")
  const raw =
    alg === "Ed25519"
      ? Buffer.concat([Uint8Array.of(0xed, 1), bytes])
      : Buffer.concat([Uint8Array.of(0x80, 0x24, 2 + (Buffer.from(y!, "base64url")[31]! & 1)), bytes])
  return `did:key:z${base58(raw)}`
}

export const NOW = 1_900_000_000
export const DOMAIN = "https://plant.example/"

export const ROOTS = [signer("Ed25519"), signer("ES256"), signer("Ed25519")]
export const PINS = { roots: ROOTS.map(({ did }) => did), threshold: 2 }
export const ISSUER = signer("Ed25519")
export const SELF = signer("Ed25519").did

const HOUR = 3_600
const everyAct = <Value>(telemetry: Value, moving: Value) => ({
  telemetry,
  event: telemetry,
  command: moving,
  config: moving,
  firmware: moving,
})

/** Of the zone `pumps`; devices of the zone `control` may command it by day, and `meters` send it telemetry. */
export const SLICE: Slice = {
  version: 3,
  issued: (NOW - HOUR) * 1_000,
  expires: (NOW + 24 * HOUR) * 1_000,
  zone: "pumps",
  trustDomain: DOMAIN,
  policy: 7,
  signers: [ISSUER.did],
  conduits: [
    {
      id: "control-commands",
      from: "control",
      to: "pumps",
      acts: ["command", "config"],
      classes: [],
      minTrust: 60,
      minAssurance: "software",
      ratePerMinute: 12,
      window: null,
      expires: null,
    },
    {
      id: "meters-report",
      from: "meters",
      to: "pumps",
      acts: ["telemetry", "event"],
      classes: [],
      minTrust: null,
      minAssurance: null,
      ratePerMinute: null,
      window: null,
      expires: null,
    },
    {
      id: "pumps-answer",
      from: "pumps",
      to: "control",
      acts: ["event"],
      classes: [],
      minTrust: null,
      minAssurance: null,
      ratePerMinute: null,
      window: null,
      expires: null,
    },
  ],
  limits: {
    passport: 24 * HOUR,
    skew: 60,
    messagePerAct: everyAct(HOUR, 30),
    snapshotPerAct: everyAct<number | null>(null, HOUR),
  },
}

/** A DSSE envelope. */
export const envelope = (
  body: unknown,
  signers: ReadonlyArray<Signer> = ROOTS.slice(0, 2),
  type = SLICE_TYPE,
): Uint8Array => {
  const payload = Buffer.from(typeof body === "string" ? body : JSON.stringify(body))
  const input = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
  const signatures = signers.map((one) => ({ keyid: one.did, sig: Buffer.from(one.sign(input)).toString("base64") }))
  return Buffer.from(JSON.stringify({ payload: payload.toString("base64"), payloadType: type, signatures }))
}

/** What was opened; a refusal fails the test with its reason. */
export const must = <Value extends object>(value: Value): Exclude<Value, { readonly reason: unknown }> => {
  if ("reason" in value) throw new Error(`refused: ${JSON.stringify(value)}`)
  return value as Exclude<Value, { readonly reason: unknown }>
}

export const openedSlice = async (changes: Partial<Slice> = {}): Promise<Slice> =>
  must(await openSlice(envelope({ ...SLICE, ...changes }), PINS, null))

export const thumbprint = (did: string): string =>
  createHash("sha256")
    .update(thumbprintInput(keyOfDid(did)!))
    .digest("base64url")

type Changes = Partial<Omit<PassportClaims, "m2m">> & Partial<PassportClaims["m2m"]>

/** The claims of a device's passport. Members of `m2m` are named by themselves. */
export const claimsFor = (device: string, changes: Changes = {}): PassportClaims => {
  const {
    iss,
    sub,
    aud,
    exp,
    iat,
    jti,
    cnf,
    "ear.status": status,
    ...standing
  } = {
    iss: ISSUER.did,
    sub: device,
    aud: DOMAIN,
    exp: NOW + HOUR,
    iat: NOW - 600,
    jti: toBase64(createHash("sha256").update(device).digest().subarray(0, 8)),
    cnf: { jkt: keyOfDid(device) === null ? thumbprint(ISSUER.did) : thumbprint(device) },
    "ear.status": "none" as const,
    trust: "trusted",
    reputation: 90,
    zone: "control",
    class: "controller",
    assurance: "software" as const,
    acts: ["telemetry", "event", "command"] as const,
    audiences: [`${DOMAIN}*`],
    log: { epoch: 1, partition: 0, size: 1_000, root: toBase64(new Uint8Array(32).fill(7)) },
    ...changes,
  }
  return { iss, sub, aud, exp, iat, jti, cnf, "ear.status": status, m2m: standing }
}

const part = (value: unknown): string => toBase64(Buffer.from(JSON.stringify(value)))

export const jws = (header: object, claims: unknown, by: Signer): Uint8Array => {
  const input = `${part(header)}.${typeof claims === "string" ? toBase64(Buffer.from(claims)) : part(claims)}`
  return Buffer.from(`${input}.${toBase64(by.sign(Buffer.from(input)))}`)
}

export const passportJwt = (claims: PassportClaims, by: Signer = ISSUER): Uint8Array =>
  jws({ alg: by.alg, kid: kidOf(claims.iss), typ: `${PASSPORT_TYP}+jwt` }, claims, by)

/** A tagged COSE_Sign1. */
export const sign1 = (typ: string, payload: Uint8Array, by: Signer): Uint8Array => {
  const header = protectedHeader(by.alg, typ)
  const body = encodeCbor([header, new Map(), payload, by.sign(signingInput(header, payload))])
  return Buffer.concat([Uint8Array.of(0xd2), body])
}

export const passportCwt = (claims: PassportClaims, by: Signer = ISSUER): Uint8Array =>
  sign1(`${PASSPORT_TYP}+cwt`, encodeCbor(toCwt(claims)), by)

export const openedPassport = async (claims: PassportClaims, slice: Slice = SLICE): Promise<Passport> =>
  must(await openPassport(passportCwt(claims), slice))

export const filterOf = (serials: ReadonlyArray<string>, bytes = 64, places = 7): Uint8Array => {
  const filter = new Uint8Array(bytes)
  for (const serial of serials)
    for (const n of placesOf(Buffer.from(serial, "base64url"), places, bytes * 8)) filter[n >> 3]! |= 1 << (n & 7)
  return filter
}

export const snapshotBytes = (changes: Partial<SnapshotClaims> = {}, by: Signer = ISSUER): Uint8Array =>
  sign1(
    SNAPSHOT_TYP,
    encodeCbor(
      snapshotToCwt({
        iss: ISSUER.did,
        aud: DOMAIN,
        iat: NOW - 60,
        version: 5,
        places: 7,
        filter: filterOf([]),
        nonce: null,
        ...changes,
      }),
    ),
    by,
  )

export const openedSnapshot = async (changes: Partial<SnapshotClaims> = {}): Promise<Snapshot> =>
  must(await openSnapshot(snapshotBytes(changes), SLICE, null))

export const CLOCK: Clock = { now: NOW, newest: 0 }

/** A message of a device to this one. */
export const messageBytes = (by: Signer, changes: Record<string, unknown> = {}, header: object = {}): Uint8Array =>
  jws(
    { alg: by.alg, kid: kidOf(by.did), typ: "m2m-message+jwt", ...header },
    {
      iss: by.did,
      aud: DOMAIN + SELF,
      iat: NOW - 5,
      act: "command",
      epo: 0,
      seq: 4,
      prv: toBase64(new Uint8Array(32)),
      body: { open: true },
      ...changes,
    },
    by,
  )

/** The did:jwk of the key of an Ed25519 did:key. */
export const encodeDidJwkOf = (did: string): string => {
  const { raw } = keyOfDid(did)!
  return `did:jwk:${toBase64(Buffer.from(JSON.stringify({ crv: "Ed25519", kty: "OKP", x: toBase64(raw) })))}`
}
