/**
 * Evidence of hardware in a COSE message: a map under `ev`, with the evidence as its format has it, but that bytes are byte strings and
 * not base64url, and the indices of PCRs integers. It is turned into the form that it has in a JWS, which one place reads.
 */
import { type Cbor, type CborMap, type Encodable, isArray, isBytes, isMap } from "@assay/cose"
import { encodeBase64url } from "@assay/did"
import type { Json, JsonObject } from "@assay/jose"

export const EV = "ev"

/** Keys of the map under `ev`. */
const KEYS = { epo: 0, challenge: 1, evidence: 2 } as const

/** Members that are text; every other one is bytes, or a list or table of bytes. So each has one form. */
const TEXTS: ReadonlySet<string> = new Set(["format", "endorsement"])
const INDEX = /^(?:0|[1-9]\d{0,2})$/

const bytesOf = (value: Cbor): Json | undefined => {
  if (isBytes(value)) return encodeBase64url(value)
  if (isArray(value)) {
    const items = value.map((item) => (isBytes(item) ? encodeBase64url(item) : undefined))
    return items.includes(undefined) ? undefined : (items as ReadonlyArray<string>)
  }
  if (!isMap(value)) return undefined
  const found: Record<string, Json> = {}
  for (const [index, item] of value) {
    if (typeof index !== "number" || !INDEX.test(String(index)) || !isBytes(item)) return undefined
    found[String(index)] = encodeBase64url(item)
  }
  return found
}

const membersOf = (evidence: CborMap): JsonObject | string => {
  const found: Record<string, Json> = Object.create(null)
  for (const [name, value] of evidence) {
    if (typeof name !== "string" || name === "__proto__") return "evidence (2) has a key that is no name"
    const isText = TEXTS.has(name)
    const json = isText ? (typeof value === "string" ? value : undefined) : bytesOf(value)
    if (json === undefined)
      return `evidence (2): ${name.slice(0, 64)} is not ${isText ? "a text" : "a byte string, a list of them, or a map of them by index"}`
    found[name] = json
  }
  return found
}

/** The members of a JWS's payload that the map under `ev` stands for; or what is wrong with it. */
export const evidenceOf = (own: Cbor): JsonObject | string => {
  if (!isMap(own)) return "ev is not a map"
  for (const key of own.keys())
    if (!(Object.values(KEYS) as ReadonlyArray<unknown>).includes(key))
      return `ev carries ${JSON.stringify(key).slice(0, 64)}`
  const [epo, challenge, evidence] = [own.get(KEYS.epo), own.get(KEYS.challenge), own.get(KEYS.evidence)]
  if (!isMap(evidence)) return "evidence (2) is not a map"
  const members = membersOf(evidence)
  if (typeof members === "string") return members
  return {
    ...(typeof epo === "number" ? { epo } : {}),
    ...(typeof challenge === "string" ? { challenge } : {}),
    evidence: members,
  }
}

const encodable = (name: string, value: unknown): Encodable => {
  if (typeof value === "string") return TEXTS.has(name) ? value : Buffer.from(value, "base64url")
  if (Array.isArray(value)) return value.map((item) => encodable("", item))
  if (typeof value !== "object" || value === null) return value as Encodable
  return new Map(
    Object.entries(value).map(([key, item]) => [INDEX.test(key) ? Number(key) : key, encodable(key, item)]),
  )
}

/** The map under `ev`. Nothing is checked. */
export const evidenceMap = ({ epo, challenge, evidence }: Readonly<Record<string, unknown>>): Encodable =>
  new Map<number, Encodable>([
    ...(epo === undefined ? [] : [[KEYS.epo, epo as number] as const]),
    [KEYS.challenge, challenge as string],
    [KEYS.evidence, encodable("", evidence)],
  ])
