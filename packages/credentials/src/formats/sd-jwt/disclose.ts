/**
 * The disclosures of an SD-JWT put into its payload (RFC 9901, section 7.1, step 3 to 5). Strict where the RFC leaves a choice: a
 * disclosure is canonical base64url of strict JSON, and its hash is SHA-256.
 */
import { createHash } from "node:crypto"
import { decodeBase64url } from "@assay/did"
import { isObject, type Json, type JsonObject, parseStrict } from "@assay/jose"

/** More than any credential has members. */
export const MAX_DISCLOSURES = 128
/** As deep as strict JSON may be: each disclosure is, and they lie within each other. */
const MAX_DEPTH = 32

interface Disclosure {
  readonly salt: string
  /** Null for an element of an array. */
  readonly name: string | null
  readonly value: Json
}

/** The payload without any digest. */
export interface Disclosed {
  readonly payload: JsonObject
  /** Members of the payload itself that came by a disclosure. */
  readonly names: ReadonlySet<string>
}

class Odd extends Error {
  override readonly name = "Odd"
}

const odd = (detail: string): never => {
  throw new Odd(detail)
}

const digestOf = (disclosure: string): string => createHash("sha256").update(disclosure).digest("base64url")

const readDisclosure = (encoded: string, n: number): Disclosure => {
  const bytes = decodeBase64url(encoded)
  const parsed = bytes === null ? null : parseStrict(bytes)
  if (parsed === null || "reason" in parsed || !Array.isArray(parsed.value))
    return odd(`disclosure ${n} is no array of JSON in base64url`)
  const found = parsed.value as ReadonlyArray<Json>
  const [salt] = found
  if (typeof salt !== "string" || found.length < 2 || found.length > 3)
    return odd(`disclosure ${n} must be [salt, name, value] or [salt, value]`)
  const name = found.length === 3 ? found[1]! : null
  if (name !== null && typeof name !== "string") return odd(`disclosure ${n}: its name is no text`)
  return { salt, name: name as string | null, value: found.at(-1)! }
}

/** One at a time: nothing here waits. */
class Discloser {
  readonly #byDigest = new Map<string, Disclosure>()
  readonly #met = new Set<string>()
  #used = 0

  constructor(encoded: ReadonlyArray<string>) {
    for (const [n, one] of encoded.entries()) {
      const digest = digestOf(one)
      if (this.#byDigest.has(digest)) odd(`disclosure ${n} stands there twice`)
      this.#byDigest.set(digest, readDisclosure(one, n))
    }
  }

  get isUsedUp(): boolean {
    return this.#used === this.#byDigest.size
  }

  /** Undefined where nothing is disclosed for it: it may be a decoy. */
  #opened(digest: Json): Disclosure | undefined {
    if (typeof digest !== "string") return odd("a digest is no text")
    if (this.#met.has(digest)) return odd("a digest stands there twice")
    this.#met.add(digest)
    const found = this.#byDigest.get(digest)
    if (found !== undefined) this.#used++
    return found
  }

  value(value: Json, depth: number): Json {
    if (depth > MAX_DEPTH) return odd(`deeper than ${MAX_DEPTH}`)
    if (Array.isArray(value)) return this.#array(value, depth)
    return isObject(value) ? this.object(value, depth, null) : value
  }

  /** @param names where it is given: takes the names of what was disclosed here */
  object(from: JsonObject, depth: number, names: Set<string> | null): JsonObject {
    const found: Array<readonly [string, Json]> = []
    for (const [name, value] of Object.entries(from))
      if (name !== "_sd") found.push([name, this.value(value, depth + 1)])
    const digests = from["_sd"]
    if (digests === undefined) return Object.fromEntries(found)
    if (!Array.isArray(digests)) return odd("_sd is no array")
    const taken = new Set(found.map(([name]) => name))
    for (const digest of digests as ReadonlyArray<Json>) {
      const opened = this.#opened(digest)
      if (opened === undefined) continue
      const { name, value } = opened
      if (name === null) return odd("a disclosure for a member has no name")
      if (name === "_sd" || name === "..." || name === "__proto__") return odd(`a disclosure is named ${name}`)
      if (taken.has(name)) return odd(`${JSON.stringify(name.slice(0, 64))} stands there twice`)
      taken.add(name)
      names?.add(name)
      found.push([name, this.value(value, depth + 1)])
    }
    return Object.fromEntries(found)
  }

  #array(from: ReadonlyArray<Json>, depth: number): ReadonlyArray<Json> {
    const found: Array<Json> = []
    for (const item of from) {
      const isDigest = isObject(item) && Object.keys(item).length === 1 && Object.hasOwn(item, "...")
      if (!isDigest) {
        found.push(this.value(item, depth + 1))
        continue
      }
      const opened = this.#opened((item as JsonObject)["..."]!)
      if (opened === undefined) continue
      if (opened.name !== null) return odd("a disclosure for an element has a name")
      found.push(this.value(opened.value, depth + 1))
    }
    return found
  }
}

/** Never throws. @param disclosures as they stand between the tildes */
export const disclose = (
  payload: JsonObject,
  disclosures: ReadonlyArray<string>,
): Disclosed | { readonly detail: string } => {
  if (disclosures.length > MAX_DISCLOSURES) return { detail: `it has more than ${MAX_DISCLOSURES} disclosures` }
  const { _sd_alg: alg = "sha-256", ...rest } = payload
  if (alg !== "sha-256") return { detail: "_sd_alg must be sha-256" }
  const names = new Set<string>()
  try {
    const discloser = new Discloser(disclosures)
    const found = discloser.object(rest as JsonObject, 0, names)
    return discloser.isUsedUp ? { payload: found, names } : { detail: "a disclosure belongs to no digest" }
  } catch (cause) {
    if (cause instanceof Odd) return { detail: cause.message }
    throw cause
  }
}

/** Whether a value has a place for a disclosure, whether or not it is disclosed. */
export const hasDigests = (value: Json): boolean => {
  if (Array.isArray(value)) return value.some((item) => hasDigests(item as Json))
  if (!isObject(value)) return false
  return (
    Object.hasOwn(value, "_sd") || Object.hasOwn(value, "...") || Object.values(value).some((item) => hasDigests(item))
  )
}
