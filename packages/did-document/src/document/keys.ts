/**
 * The keys of a document that may sign for its subject (W3C DID Core 1.0, sections 5.2 and 5.3; Controlled Identifiers 1.0,
 * section 2.2): which of them assert, which authenticate, and until when.
 */
import { decodeP256, encodeBase64url, type PublicKey, resolveDeviceKey } from "@assay/did"
import { isObject, type Json, type JsonObject } from "@assay/jose"
import { broken, type DocumentFailure } from "../failure.ts"

/** What a key may be used for here: `assertion` signs messages and evidence, `authentication` signs presentations. */
export type Relationship = "assertion" | "authentication"

export interface DocumentKey extends PublicKey {
  /** What follows `#` in its id. */
  readonly fragment: string
  readonly assertion: boolean
  readonly authentication: boolean
  /** From then on it signs no more (the earlier of `expires` and `revoked`), milliseconds since 1970; null: no end is set. */
  readonly until: number | null
}

/** Keys of one document that may sign. More are refused: a device with its keys for two rotations has three. */
export const MAX_KEYS = 4
/** Verification methods of any kind. */
const MAX_METHODS = 64

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)$/

/** Milliseconds since 1970 of a time in UTC (ISO 8601); null for any other text. */
export const timeOf = (text: Json | undefined): number | null => {
  if (typeof text !== "string" || !TIME.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}

/** The fragment of an id, where it is of one of the subject's names or relative; null where it is another's. */
const fragmentOf = (id: Json | undefined, names: ReadonlySet<string>): string | null => {
  if (typeof id !== "string" || id.length > 1_024) return null
  const [did, fragment, ...rest] = id.split("#")
  if (fragment === undefined || fragment === "" || rest.length > 0) return null
  return did === "" || names.has(did!) ? fragment : null
}

const keyOf = ({ publicKeyMultibase, publicKeyJwk }: JsonObject): PublicKey | null => {
  const did =
    typeof publicKeyMultibase === "string"
      ? `did:key:${publicKeyMultibase}`
      : isObject(publicKeyJwk)
        ? `did:jwk:${encodeBase64url(Buffer.from(JSON.stringify(publicKeyJwk)))}`
        : ""
  const key = resolveDeviceKey(did)
  if ("reason" in key) return null
  const publicKey = key.alg === "ES256" ? decodeP256(key.publicKey) : key.publicKey
  return publicKey === null ? null : { alg: key.alg, publicKey }
}

/** The earliest end that a method names; undefined where one of them is no time. */
const endOf = ({ expires, revoked }: JsonObject): number | null | undefined => {
  const ends = [expires, revoked].filter((end) => end !== undefined).map(timeOf)
  if (ends.includes(null)) return undefined
  return ends.length === 0 ? null : Math.min(...(ends as ReadonlyArray<number>))
}

interface Found {
  readonly fragment: string
  readonly method: JsonObject
}

const listOf = (value: Json | undefined): ReadonlyArray<Json> | null =>
  value === undefined ? [] : Array.isArray(value) && value.length <= MAX_METHODS ? (value as ReadonlyArray<Json>) : null

/**
 * The keys of a document in the order in which it names them. Methods of kinds that sign nothing here, and those of other
 * controllers, are passed over.
 * @param names the DIDs of the subject: its own, and those that it had before it moved
 */
export const keysOf = (
  document: JsonObject,
  names: ReadonlySet<string>,
): ReadonlyArray<DocumentKey> | DocumentFailure => {
  const methods = listOf(document["verificationMethod"])
  const relations = {
    assertion: listOf(document["assertionMethod"]),
    authentication: listOf(document["authentication"]),
  }
  if (methods === null || relations.assertion === null || relations.authentication === null)
    return broken("document", `its methods are no lists of at most ${MAX_METHODS}`)
  const found: Array<Found> = []
  const used = { assertion: new Set<string>(), authentication: new Set<string>() }
  const add = (method: Json): string | null => {
    if (!isObject(method)) return null
    const fragment = fragmentOf(method["id"], names)
    if (fragment !== null) found.push({ fragment, method })
    return fragment
  }
  methods.forEach(add)
  for (const relation of ["assertion", "authentication"] as const)
    for (const item of relations[relation]!) {
      // A method that stands in a relationship itself is for that one alone.
      const fragment = typeof item === "string" ? fragmentOf(item, names) : add(item)
      if (fragment !== null) used[relation].add(fragment)
    }
  if (new Set(found.map(({ fragment }) => fragment)).size < found.length)
    return broken("document", "two of its verification methods have one id")
  const keys: Array<DocumentKey> = []
  for (const { fragment, method } of found) {
    const [assertion, authentication] = [used.assertion.has(fragment), used.authentication.has(fragment)]
    const { controller } = method
    const isOwn = controller === undefined || (typeof controller === "string" && names.has(controller))
    const key = (assertion || authentication) && isOwn ? keyOf(method) : null
    if (key === null) continue
    const until = endOf(method)
    if (until === undefined) return broken("document", `the end of #${fragment} is no time in UTC`)
    keys.push({ ...key, fragment, assertion, authentication, until })
  }
  return keys.length > MAX_KEYS
    ? broken("document", `it names ${keys.length} keys that may sign: at most ${MAX_KEYS}`)
    : keys
}
