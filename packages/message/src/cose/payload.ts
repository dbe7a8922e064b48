/**
 * The claims of a COSE message (RFC 8392) in the form that they have in a JWS, so that one place checks them (`claims/read.ts`).
 * Claim keys: `sub` 2, `aud` 3, `iat` 6, `iss` 1 (`issuer.ts`); what is our own lies in one map under `m2m`, whose keys are integers, since
 * registered claim keys are short and private ones are not. A presentation has `vc` in its place, evidence of hardware `ev`.
 */
import { type Cbor, type CborMap, isArray, isBytes, isMap } from "@assay/cose"
import { encodeBase64url } from "@assay/did"
import type { Json, JsonObject } from "@assay/jose"
import { ACTIONS } from "@assay/trust"
import { EV, evidenceOf } from "./evidence.ts"
import { ISS } from "./issuer.ts"
import { packOf } from "./senml.ts"

/** RFC 8392 section 4. */
export const SUB = 2
export const AUD = 3
export const IAT = 6
export const M2M = "m2m"
export const VC = "vc"

/** Keys of the map under `m2m`. */
export const KEYS = { act: 0, epo: 1, seq: 2, prv: 3, senml: 4, body: 5, fw: 6 } as const
/** `act`, by its number. Never reordered. */
export const ACTS = ACTIONS
/** Keys of the firmware claim. */
export const FW_KEYS = { vendor: 0, class: 1, digest: 2, version: 3, svn: 4 } as const
/** Of what may stand beside it: a list of maps `{name: text, digest: bytes}`, and the same with version and svn, by these keys. */
export const FW_PARTS = { components: 5, spare: 6 } as const
/** Keys of a component, and of the other slot. */
export const FW_PART_KEYS = { digest: 2, version: 3, svn: 4, name: 7 } as const

/** Nothing of it is checked here but that it has a JSON form: what is no such value is left for the checks to name. */
const jsonOf = (value: Cbor): Json | undefined => {
  if (isBytes(value)) return undefined
  if (Array.isArray(value)) {
    const items = (value as ReadonlyArray<Cbor>).map((item) => jsonOf(item))
    return items.includes(undefined) ? undefined : (items as ReadonlyArray<Json>)
  }
  if (!isMap(value)) return value as Json
  const found: Record<string, Json> = Object.create(null)
  for (const [key, item] of value) {
    const json = typeof key === "string" && key !== "__proto__" ? jsonOf(item) : undefined
    if (json === undefined) return undefined
    found[key] = json
  }
  return found
}

/** A key that is none of these, for people; null where there is no such key. */
const otherThan = (map: CborMap, keys: ReadonlySet<number | string>): string | null => {
  for (const key of map.keys()) if (!keys.has(key)) return JSON.stringify(key).slice(0, 64)
  return null
}
const OWN_KEYS: ReadonlySet<number | string> = new Set(Object.values(KEYS))
const FIRMWARE_KEYS: ReadonlySet<number | string> = new Set([...Object.values(FW_KEYS), ...Object.values(FW_PARTS)])
const PART_KEYS: ReadonlySet<number | string> = new Set(Object.values(FW_PART_KEYS))
const CLAIM_KEYS: ReadonlySet<number | string> = new Set([ISS, SUB, AUD, IAT, M2M, VC, EV])

const firmwareOf = (fw: Cbor): JsonObject | string => {
  if (!isMap(fw)) return "fw is not a map"
  const found: Record<string, Json> = {}
  for (const [name, key] of Object.entries(FW_KEYS)) {
    const value = fw.get(key)
    if (value === undefined) return `fw has no ${name} (${key})`
    const json = name === "digest" && isBytes(value) ? Buffer.from(value).toString("hex") : jsonOf(value)
    if (json === undefined || (name === "digest" && !isBytes(value))) return `fw: ${name} is of the wrong type`
    found[name] = json
  }
  const { components, spare } = FW_PARTS
  const listed = fw.get(components)
  const parts = isArray(listed) ? listed.map(partOf) : undefined
  if (fw.has(components)) found["components"] = parts === undefined || parts.includes(null) ? null : (parts as Json)
  if (fw.has(spare)) found["spare"] = partOf(fw.get(spare)!)
  const other = otherThan(fw, FIRMWARE_KEYS)
  return other === null ? found : `fw carries ${other}`
}

/** A component or the other slot in the form of a JWS; null where it has none, which the checks then refuse. */
const partOf = (part: Cbor): JsonObject | null => {
  if (!isMap(part) || otherThan(part, PART_KEYS) !== null) return null
  const found: Record<string, Json> = {}
  for (const [name, key] of Object.entries(FW_PART_KEYS)) {
    const value = part.get(key)
    if (value === undefined) continue
    if (name === "digest" ? !isBytes(value) : typeof value !== "string" && typeof value !== "number") return null
    found[name] = isBytes(value) ? Buffer.from(value).toString("hex") : (value as Json)
  }
  return found
}

/** Adds to `found` the members of a JWS's payload that the map under `m2m` stands for. Returns what is wrong, or null. */
const addOwn = (own: CborMap, found: Record<string, Json>): string | null => {
  const other = otherThan(own, OWN_KEYS)
  if (other !== null) return `m2m carries ${other}`
  const act = own.get(KEYS.act)
  const prv = own.get(KEYS.prv)
  const body = own.get(KEYS.body)
  const fw = own.get(KEYS.fw)
  const named = typeof act === "number" ? ACTS[act] : undefined
  if (named === undefined) return `act (0) is not a number from 0 to ${ACTS.length - 1}: ${ACTS.join(", ")}`
  found["act"] = named
  const epo = own.get(KEYS.epo)
  const seq = own.get(KEYS.seq)
  if (typeof epo === "number") found["epo"] = epo
  if (typeof seq === "number") found["seq"] = seq
  if (isBytes(prv)) found["prv"] = encodeBase64url(prv)
  else if (prv !== undefined && prv !== null) return "prv (3) is neither null nor a byte string"
  const senml = own.get(KEYS.senml)
  if (senml !== undefined) {
    const pack = packOf(senml)
    if (typeof pack === "string") return pack
    found["senml"] = pack
  }
  if (body !== undefined) {
    const json = jsonOf(body)
    if (json === undefined) return "body (5) has no JSON form: texts as keys, and no bytes"
    found["body"] = json
  }
  if (fw !== undefined) {
    const firmware = firmwareOf(fw)
    if (typeof firmware === "string") return firmware
    found["fw"] = firmware
  }
  return null
}

/** The payload as a JWS would have it; or what is wrong. @param iss whom the message names by its `kid` */
export const payloadOf = (claims: Cbor, iss: string): JsonObject | string => {
  if (!isMap(claims)) return "the payload is not a map"
  const other = otherThan(claims, CLAIM_KEYS)
  if (other !== null) return `the payload carries ${other}`
  const aud = claims.get(AUD)
  const iat = claims.get(IAT)
  const sub = claims.get(SUB)
  if (sub !== undefined && typeof sub !== "string") return "sub (2) is not a text"
  const found: Record<string, Json> = { iss }
  if (sub !== undefined) found["sub"] = sub
  if (typeof aud === "string") found["aud"] = aud
  if (typeof iat === "number") found["iat"] = iat
  const own = claims.get(M2M)
  const vc = claims.get(VC)
  const ev = claims.get(EV)
  if (Number(own !== undefined) + Number(vc !== undefined) + Number(ev !== undefined) > 1)
    return `${[M2M, VC, EV].filter((name) => claims.has(name)).join(" and ")} stand beside each other`
  if (vc !== undefined) return { ...found, vc: jsonOf(vc) ?? null }
  if (ev !== undefined) {
    const shown = evidenceOf(ev)
    return typeof shown === "string" ? shown : { ...found, ...shown }
  }
  if (!isMap(own)) return "m2m is not a map"
  return addOwn(own, found) ?? found
}
