/**
 * SenML packs in JSON (RFC 8428), resolved as section 4.6 says. Base values count for their record and all behind it; a
 * record of base values alone is no reading. What is not known is passed over, unless its name ends with `_`: that must be
 * understood (section 4.4). Sums, data and update times (`s`, `vd`, `ut`) are checked and stay in the signed bytes.
 */

import { isObject, type Json, type JsonObject } from "@assay/jose"
import type { Reading } from "@assay/trust"
import { isPrintable } from "./printable.ts"

/** Readings of one message. */
export const MAX_READINGS = 512
const MAX_NAME = 256
const MAX_UNIT = 32
export const MAX_SENML_TEXT = 4096
/** Section 4.4: the version of the format that is understood; a pack of a later one must not be used. */
const VERSION = 10
/** Section 4.5.3: times below 2^28 are relative to now. */
const RELATIVE_BELOW = 2 ** 28
/** Section 4.5.1: which characters a name has, by their code, and which of them (1) it may begin with. */
const NAME_CHARS = new Uint8Array(128)
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") NAME_CHARS[char.charCodeAt(0)] = 1
for (const char of ":./_-") NAME_CHARS[char.charCodeAt(0)] = 2
const DOT = 0x2e
const BASE64URL = /^[A-Za-z0-9_-]*$/
/** Seconds: what lies beyond, no date can hold (ECMA-262, section 21.4.1.1). */
const LATEST = 8.64e12

/** What a pack came to. */
export interface Pack {
  /** The readings of the records in order; without those that are refused. */
  readonly readings: ReadonlyArray<Reading>
  /** What is wrong with the first record that is refused, and which it is; null where none is. */
  readonly fault: string | null
}

/** The base values of a pack, which hold from the record on that names them. */
export interface Base {
  name: string
  time: number
  unit: string | null
  value: number
  version: number | null
  /** A base value could not be read: nothing behind it can be resolved. */
  isBroken: boolean
}

export const newBase = (): Base => ({ name: "", time: 0, unit: null, value: 0, version: null, isBroken: false })

/** What a record says of itself, as far as a reading consists of it. */
export interface Own {
  name: string
  unit: string | null
  time: number
  value: number | null
  text: string | null
  flag: boolean | null
}

/**
 * The resolved readings, or text that says why there are none at all. One record that is refused hides neither the others
 * nor the message: it is named.
 * @param now resolves relative times: seconds, the message's `iat`
 */
export const readPack = (pack: Json | undefined, now: number): Pack | string => {
  if (!Array.isArray(pack)) return "senml is not an array"
  if (pack.length === 0 || pack.length > MAX_READINGS) return `senml does not have 1 to ${MAX_READINGS} records`
  const base = newBase()
  const readings: Array<Reading> = []
  let fault: string | null = null
  for (const [index, record] of (pack as ReadonlyArray<Json>).entries()) {
    const found = isObject(record) ? readRecord(record, base, now) : "is not an object"
    if (typeof found === "string") fault ??= `senml record ${index} ${found}`
    else if (found !== null) readings.push(found)
    if (base.isBroken) break
  }
  if (readings.length === 0 && fault === null) fault = "senml has base values only, and no reading"
  return { readings, fault }
}

/**
 * The data values (`vd`, base64url) of a pack's readings, in their order: null for those that are none. A reading has no room
 * for them, so whoever wants them reads the signed bytes again.
 * @param pack one that `readPack` made readings of
 */
export const dataIn = (pack: Json | undefined, now: number): ReadonlyArray<string | null> => {
  const found: Array<string | null> = []
  if (!Array.isArray(pack) || pack.length > MAX_READINGS) return found
  const base = newBase()
  for (const record of pack as ReadonlyArray<Json>) {
    const reading = isObject(record) ? readRecord(record, base, now) : null
    if (reading !== null && typeof reading !== "string")
      found.push(isObject(record) && typeof record["vd"] === "string" ? record["vd"] : null)
    if (base.isBroken) break
  }
  return found
}

/** A record's reading, null where it has base values alone, or what is wrong with it. Base values move in place. */
const readRecord = (record: JsonObject, base: Base, now: number): Reading | null | string => {
  const wrongBase = readBase(record, base)
  if (wrongBase !== null) {
    base.isBroken = true
    return wrongBase
  }
  let name = ""
  let unit: string | null = null
  let time = 0
  let value: number | null = null
  let text: string | null = null
  let flag: boolean | null = null
  let values = 0
  let hasSum = false
  let own = false
  for (const member in record) {
    const found = record[member]!
    if (BASE.has(member)) continue
    if (!KNOWN.has(member)) {
      if (member.endsWith("_")) return `carries ${JSON.stringify(member.slice(0, 64))}, which must be understood`
      continue
    }
    own = true
    if (member === "n") {
      if (typeof found !== "string") return "has an n that is not a string"
      name = found
    } else if (member === "u") {
      if (!isUnit(found)) return "has a u that is not a unit"
      unit = found
    } else if (member === "vs") {
      if (typeof found !== "string" || found.length > MAX_SENML_TEXT) return "has a vs that is not a short string"
      text = found
      values++
    } else if (member === "vb") {
      if (typeof found !== "boolean") return "has a vb that is not a boolean"
      flag = found
      values++
    } else if (member === "vd") {
      if (typeof found !== "string" || !BASE64URL.test(found)) return "has a vd that is not base64url"
      values++
    } else {
      if (typeof found !== "number") return `has a ${member} that is not a number`
      if (member === "t") time = found
      else if (member === "s") hasSum = true
      else if (member === "v") {
        value = base.value === 0 ? found : found + base.value
        values++
      }
    }
  }
  if (!own) return null
  if (values > 1 || (values === 0 && !hasSum)) return "does not have exactly one of v, vs, vb, vd"
  return resolve({ name, unit, time, value, text, flag }, base, now)
}

/** The reading of a record with one value at most, or what is wrong with it. */
export const resolve = (own: Own, base: Base, now: number): Reading | string => {
  const { value } = own
  const name = base.name + own.name
  if (name.length > MAX_NAME || !isName(name))
    return "has a name that is empty, too long, or has two dots in a row or a foreign character"
  if (value !== null && !Number.isFinite(value)) return "has a v that doubles cannot hold with bv"
  let time = own.time + base.time
  if (time < RELATIVE_BELOW) time += now
  if (!(time < LATEST && time > -LATEST)) return "has a time that no calendar has: times are in seconds"
  return { name, unit: own.unit ?? base.unit, value, text: own.text, flag: own.flag, time }
}

/** No two dots in a row: names become parts of paths and topics, where `..` climbs. */
const isName = (name: string): boolean => {
  let before = 0
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    const kind = code < 128 ? NAME_CHARS[code]! : 0
    if (kind === 0 || (i === 0 && kind !== 1) || (code === DOT && before === DOT)) return false
    before = code
  }
  return name !== ""
}

const BASE = new Set(["bn", "bt", "bu", "bv", "bs", "bver"])
/** What a record says of itself. */
const KNOWN = new Set(["n", "u", "t", "ut", "v", "vs", "vb", "vd", "s"])

/** Takes over a record's base values; what is wrong with one, or null. */
const readBase = (record: JsonObject, base: Base): string | null => {
  const { bn, bt, bu, bv, bs, bver } = record
  if (bn !== undefined) {
    if (typeof bn !== "string") return "has a bn that is not a string"
    base.name = bn
  }
  if (bt !== undefined) {
    if (typeof bt !== "number") return "has a bt that is not a number"
    base.time = bt
  }
  if (bu !== undefined) {
    if (!isUnit(bu)) return "has a bu that is not a unit"
    base.unit = bu
  }
  if (bv !== undefined) {
    if (typeof bv !== "number") return "has a bv that is not a number"
    base.value = bv
  }
  if (bs !== undefined && typeof bs !== "number") return "has a bs that is not a number"
  return bver === undefined ? null : versionFault(bver, base)
}

/** Section 4.4: at most the version that is understood, and one for the whole pack. */
const versionFault = (found: Json, base: Base): string | null => {
  if (typeof found !== "number" || !Number.isSafeInteger(found) || found < 1) return "has a bver that is no version"
  if (found > VERSION) return `is of version ${found}, and ${VERSION} is understood`
  if (base.version !== null && base.version !== found) return "has another bver than a record before it"
  base.version = found
  return null
}

export const isUnit = (value: Json): value is string => isPrintable(value, MAX_UNIT)
