/**
 * SD-JWT VC (RFC 9901 and draft-ietf-oauth-sd-jwt-vc): `issuer JWT ~ disclosures ~ [key binding]`. The issuer is a DID, `vct` names the
 * one type there is, and members are those of a device credential. What says whether it counts at all is never disclosed
 * selectively, and what it grants stands there whole: a holder must not be able to leave out what restricts it.
 */
import { type DeviceKey, keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { isObject, type Json, type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { type Fault, object, oneOf, optional, type Reader, readShape, text, type ValueOf } from "@assay/jose/shape"
import { statusClaim } from "../../data-model/jwt-claims.ts"
import { did, named, numericDate } from "../../data-model/members.ts"
import { checkRanges, DEVICE_TYPE, subjectMembers, VC_TYPE } from "../../data-model/shape.ts"
import { failureOf, type SignedPart } from "../../token.ts"
import { claimedBy, type Sealed, type Unreadable } from "../sealed.ts"
import { type Disclosed, disclose, hasDigests } from "./disclose.ts"
import { type KeyBinding, readKeyBinding } from "./key-binding.ts"

/** `vc+sd-jwt` is what drafts called it until November 2024. */
const TYPS = ["dc+sd-jwt", "vc+sd-jwt"]
/** The type of `DEVICE_TYPE` in a world of names without contexts. */
export const VCT = `urn:assay:credential:${DEVICE_TYPE}`

/** Section "JWT Claims Set" of SD-JWT VC: none of them is disclosed selectively. */
const WHOLE = ["iss", "sub", "vct", "iat", "nbf", "exp", "cnf", "status"]

const jwk: Reader<DeviceKey> = (value, path, faults) => {
  const name = isObject(value) ? `did:jwk:${Buffer.from(JSON.stringify(value)).toString("base64url")}` : ""
  const key = resolveDeviceKey(name)
  if (!("reason" in key)) return key
  faults.push({ path, message: `must be a public JWK of Ed25519 or P-256 (${key.detail})` })
  return undefined
}

const cnf = object({
  jwk: optional(jwk, null),
  kid: optional(text(2_048), null),
})

const shape = object({
  iss: did,
  sub: did,
  vct: oneOf([VCT]),
  iat: optional(numericDate, null),
  nbf: optional(numericDate, null),
  exp: numericDate,
  cnf: optional(cnf, null),
  status: optional(statusClaim, null),
  jti: optional(text(512), null),
  ...named,
  ...subjectMembers,
})

/** What no single member can tell. */
const whyOdd = ({ cnf: confirmed, sub, iat, nbf, exp, capabilities }: ValueOf<typeof shape>, faults: Fault[]): void => {
  checkRanges(capabilities, ["capabilities"], faults)
  const from = nbf ?? iat
  if (from === null) faults.push({ path: ["nbf"], message: "is missing, and iat too: one says from when it counts" })
  else if (exp <= from) faults.push({ path: ["exp"], message: "must be later than nbf, or iat" })
  if (confirmed === null) return
  if (confirmed.kid !== null && !confirmed.kid.startsWith(`${sub}#`))
    faults.push({ path: ["cnf", "kid"], message: "must be a key of sub" })
  const isOwnKey = /^did:(?:key|jwk):/.test(sub)
  if (confirmed.jwk !== null && isOwnKey && keyIdOfDid(sub) !== keyIdOfDid(confirmed.jwk.did))
    faults.push({ path: ["cnf", "jwk"], message: "must be the key of sub" })
}

/** What must stand in the issuer's JWT itself. */
const whyHidden = ({ names }: Disclosed, payload: JsonObject): Fault | null => {
  const hidden = WHOLE.find((name) => names.has(name) || hasDigests(payload[name] ?? null))
  if (hidden !== undefined) return { path: [hidden], message: "must not be disclosed selectively" }
  return null
}

interface Parts {
  readonly jwt: string
  readonly disclosures: ReadonlyArray<string>
  /** Null where the last part is empty. */
  readonly binding: string | null
  /** Up to and with the last tilde: what a key binding is over. */
  readonly presented: string
}

const partsOf = (token: string): Parts => {
  const parts = token.split("~")
  const [jwt = "", ...rest] = parts
  const last = rest.pop() ?? ""
  return {
    jwt,
    disclosures: rest,
    binding: last === "" ? null : last,
    presented: token.slice(0, token.length - last.length),
  }
}

/** The capabilities with their digests, wherever they stand: in the payload, or in a disclosure that is not looked into here. */
const hasHiddenGrants = (payload: JsonObject, disclosures: ReadonlyArray<string>): boolean =>
  hasDigests(payload["capabilities"] ?? null) ||
  disclosures.some((one) => {
    const parsed = parseDisclosure(one)
    return Array.isArray(parsed) && parsed[1] === "capabilities" && hasDigests(parsed[2] as Json)
  })

const parseDisclosure = (one: string): Json => {
  const parsed = parseStrictObject(
    Buffer.concat([Buffer.from('{"a":'), Buffer.from(one, "base64url"), Buffer.from("}")]),
  )
  return "reason" in parsed ? null : (parsed.value["a"] ?? null)
}

/** Never throws. */
export const openSdJwt = (token: string): Sealed | Unreadable => {
  const { jwt, disclosures, binding: bound, presented } = partsOf(token)
  const jws = parseCompact(Buffer.from(jwt, "utf8"), { typ: TYPS })
  if ("reason" in jws) return { detail: jws.detail }
  const parsed = parseStrictObject(jws.payload)
  if ("reason" in parsed) return { detail: `payload: ${parsed.detail}` }
  const signed: SignedPart = jws
  const issuers = (why: Unreadable): Unreadable => claimedBy(why, parsed.value, signed)
  const disclosed = disclose(parsed.value, disclosures)
  if ("detail" in disclosed) {
    // Disclosures come from the holder: its issuer's mistake is only what is wrong without them too.
    const alone = disclose(parsed.value, [])
    return "detail" in alone ? issuers(alone) : disclosed
  }
  const hidden = whyHidden(disclosed, parsed.value)
  if (hidden !== null) return issuers(failureOf([hidden]))
  if (hasHiddenGrants(parsed.value, disclosures))
    return issuers({ detail: "capabilities must be disclosed as a whole, or not at all" })
  const faults: Fault[] = []
  const read = readShape(shape, disclosed.payload)
  if (!("value" in read)) return issuers(failureOf(read))
  whyOdd(read.value, faults)
  if (faults.length > 0) return issuers(failureOf(faults))
  const {
    iss,
    sub,
    iat,
    nbf,
    exp,
    cnf: confirmed,
    status,
    vendor,
    class: kind,
    assurance,
    hardwareId,
    capabilities,
  } = read.value
  let binding: KeyBinding | null = null
  if (bound !== null) {
    const found = readKeyBinding(bound, presented, confirmed?.jwk ?? null)
    if ("detail" in found) return found
    binding = found
  }
  const from = (nbf ?? iat!) * 1_000
  return {
    body: {
      "@context": [],
      type: [VC_TYPE, DEVICE_TYPE],
      name: null,
      description: null,
      issuer: iss,
      id: null,
      validFrom: from,
      validUntil: exp * 1_000,
      credentialSubject: {
        id: sub,
        name: null,
        description: null,
        vendor,
        class: kind,
        assurance,
        hardwareId,
        capabilities,
      },
      credentialSchema: [],
      credentialStatus: [],
    },
    signed,
    times: { from, until: exp * 1_000 },
    status: status?.status_list ?? null,
    identity: [jws.signingInput, ...[...disclosures].sort().map((one) => Buffer.from(`~${one}`))],
    binding,
  }
}
