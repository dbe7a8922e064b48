/** The parameters of a did:webvh log ("did:webvh DID Method Parameters"): what each entry sets, and what is active after it. */
import { isObject, type Json, type JsonObject } from "@assay/jose"
import { broken, type DocumentFailure } from "../failure.ts"
import { isMultikey } from "../integrity/eddsa-jcs-2022.ts"
import { decodeMultihash } from "../multihash.ts"

export const METHOD = "did:webvh:1.0"

export interface Witnesses {
  readonly threshold: number
  /** Multikeys of their did:key, each once. */
  readonly multikeys: ReadonlyArray<string>
}

/** What is active after an entry. */
export interface Parameters {
  readonly scid: string
  readonly updateKeys: ReadonlyArray<string>
  /** Not empty: the next entry must use keys that were committed to. */
  readonly nextKeyHashes: ReadonlyArray<string>
  /** Null: none are used. */
  readonly witness: Witnesses | null
  readonly portable: boolean
  readonly deactivated: boolean
}

const MAX_KEYS = 32
const KNOWN = new Set([
  "method",
  "scid",
  "updateKeys",
  "nextKeyHashes",
  "witness",
  "watchers",
  "portable",
  "deactivated",
  "ttl",
])
const MAX_TTL = 2 ** 31

const fail = (detail: string): DocumentFailure => broken("parameters", detail)

/** Early versions wrote null for a default; an absent member stays what it was. */
const given = (value: Json | undefined, fallback: Json): Json | undefined => (value === null ? fallback : value)

const textsOf = (value: Json, isOne: (text: Json) => boolean): ReadonlyArray<string> | null => {
  if (!Array.isArray(value) || value.length > MAX_KEYS || !value.every((item) => isOne(item as Json))) return null
  return new Set(value).size === value.length ? (value as ReadonlyArray<string>) : null
}

const isHash = (text: Json): boolean => typeof text === "string" && decodeMultihash(text) !== null

const witnessesOf = (value: Json): Witnesses | null | DocumentFailure => {
  if (!isObject(value)) return fail("witness is no object")
  if (Object.keys(value).length === 0) return null
  const { threshold, witnesses } = value
  if (!Array.isArray(witnesses) || witnesses.length === 0 || witnesses.length > MAX_KEYS)
    return fail(`witness names none, or more than ${MAX_KEYS} witnesses`)
  const multikeys: Array<string> = []
  for (const item of witnesses as ReadonlyArray<Json>) {
    const id = isObject(item) ? item["id"] : undefined
    const multikey = typeof id === "string" && id.startsWith("did:key:") ? id.slice("did:key:".length) : undefined
    if (!isMultikey(multikey)) return fail("a witness is no did:key of an Ed25519 key")
    multikeys.push(multikey)
  }
  if (new Set(multikeys).size < multikeys.length) return fail("a witness is named twice")
  if (!Number.isInteger(threshold) || (threshold as number) < 1 || (threshold as number) > multikeys.length)
    return fail("the threshold of the witnesses is not between 1 and their number")
  return { threshold: threshold as number, multikeys }
}

const flagOf = (value: Json | undefined, before: boolean): boolean | null =>
  value === undefined ? before : typeof value === "boolean" ? value : null

/**
 * What is active after an entry that sets `value`.
 * @param before what was active before it; null for the first entry
 */
export const parametersAfter = (value: Json | undefined, before: Parameters | null): Parameters | DocumentFailure => {
  if (!isObject(value)) return fail("parameters is no object")
  const unknown = Object.keys(value).find((name) => !KNOWN.has(name))
  if (unknown !== undefined) return fail(`there is no parameter ${JSON.stringify(unknown.slice(0, 64))}`)
  const { method, scid } = value
  if (method !== undefined ? method !== METHOD : before === null) return fail(`method is not ${METHOD}`)
  if (before === null ? typeof scid !== "string" : scid !== undefined)
    return fail("scid stands in the first entry, and in no other")
  const keys = keysAfter(value, before)
  if ("reason" in keys) return keys
  const rest = restAfter(value, before)
  return "reason" in rest ? rest : { scid: before?.scid ?? (scid as string), ...keys, ...rest }
}

const keysAfter = (
  value: JsonObject,
  before: Parameters | null,
): Pick<Parameters, "updateKeys" | "nextKeyHashes"> | DocumentFailure => {
  const [keys, hashes] = [given(value["updateKeys"], []), given(value["nextKeyHashes"], [])]
  const isCommitted = before !== null && before.nextKeyHashes.length > 0
  if (keys === undefined && (before === null || isCommitted))
    return fail(
      before === null ? "the first entry has no updateKeys" : "pre-rotation is active, and updateKeys is left out",
    )
  if (hashes === undefined && isCommitted) return fail("pre-rotation is active, and nextKeyHashes is left out")
  const updateKeys = keys === undefined ? before!.updateKeys : textsOf(keys, isMultikey)
  const nextKeyHashes = hashes === undefined ? (before?.nextKeyHashes ?? []) : textsOf(hashes, isHash)
  if (updateKeys === null) return fail(`updateKeys is no list of at most ${MAX_KEYS} different Ed25519 multikeys`)
  if (nextKeyHashes === null) return fail(`nextKeyHashes is no list of at most ${MAX_KEYS} different multihashes`)
  if (before === null && updateKeys.length === 0) return fail("the first entry has no updateKeys")
  return { updateKeys, nextKeyHashes }
}

const restAfter = (
  value: JsonObject,
  before: Parameters | null,
): Pick<Parameters, "witness" | "portable" | "deactivated"> | DocumentFailure => {
  const given_ = given(value["witness"], {})
  const witness = given_ === undefined ? (before?.witness ?? null) : witnessesOf(given_)
  if (witness !== null && "reason" in witness) return witness
  if (value["portable"] === true && before !== null) return fail("portable is set in a later entry than the first")
  const portable = flagOf(value["portable"], before?.portable ?? false)
  const deactivated = flagOf(value["deactivated"], before?.deactivated ?? false)
  if (portable === null || deactivated === null) return fail("portable or deactivated is neither true nor false")
  const watchers = given(value["watchers"], []) ?? []
  if (textsOf(watchers, (text) => typeof text === "string") === null) return fail("watchers is no list of URLs")
  const ttl = given(value["ttl"], 0) ?? 0
  if (!Number.isInteger(ttl) || (ttl as number) < 0 || (ttl as number) > MAX_TTL)
    return fail("ttl is no number of seconds")
  return { witness, portable, deactivated }
}
