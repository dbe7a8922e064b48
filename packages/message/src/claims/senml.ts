/**
 * SenML packs in JSON (RFC 8428), resolved as section 4.6 says. Closed: what is not resolved here (`bv`, `bs`, `s`, `vd`,
 * `ut`, `bver`, extensions) is refused instead of ignored, because ignoring a base value would change a measurement.
 */

import { isObject, type Json, type JsonObject } from "@assay/jose"
import type { Reading } from "@assay/trust"
import { isPrintable } from "./printable.ts"

/** Readings of one message. */
export const MAX_READINGS = 512
const MAX_NAME = 256
const MAX_UNIT = 32
const MAX_TEXT = 4096
/** Section 4.5.3: times below 2^28 are relative to now. */
const RELATIVE_BELOW = 2 ** 28
/** Section 4.5.1. No two dots in a row: names become parts of paths and topics, where `..` climbs. */
const NAME = /^[A-Za-z0-9](?:(?!\.\.)[A-Za-z0-9:./_-])*$/
/** Seconds around `iat` in which a reading may lie: what a device kept, or foretells, and no slip of a unit or a clock. */
const OLDEST = 10 * 366 * 86_400
const NEWEST = 86_400

/** The resolved readings, or text that says what is wrong. `now` resolves relative times: seconds, the message's `iat`. */
export const readPack = (pack: Json | undefined, now: number): ReadonlyArray<Reading> | string => {
  if (!Array.isArray(pack)) return "senml is not an array"
  if (pack.length === 0 || pack.length > MAX_READINGS) return `senml does not have 1 to ${MAX_READINGS} records`
  const base = { name: "", time: 0, unit: null as string | null }
  const readings: Array<Reading> = []
  for (const record of pack as ReadonlyArray<Json>) {
    if (!isObject(record)) return "a senml record is not an object"
    const reading = readRecord(record, base, now)
    if (typeof reading === "string") return reading
    readings.push(reading)
  }
  return readings
}

const readRecord = (
  record: JsonObject,
  base: { name: string; time: number; unit: string | null },
  now: number,
): Reading | string => {
  let name = ""
  let unit: string | null = null
  let time = 0
  let value: number | null = null
  let text: string | null = null
  let flag: boolean | null = null
  let values = 0
  for (const member in record) {
    const found = record[member]!
    switch (member) {
      case "bn":
        if (typeof found !== "string") return "bn is not a string"
        base.name = found
        break
      case "bt":
        if (typeof found !== "number") return "bt is not a number"
        base.time = found
        break
      case "bu":
        if (!isUnit(found)) return "bu is not a unit"
        base.unit = found
        break
      case "n":
        if (typeof found !== "string") return "n is not a string"
        name = found
        break
      case "u":
        if (!isUnit(found)) return "u is not a unit"
        unit = found
        break
      case "t":
        if (typeof found !== "number") return "t is not a number"
        time = found
        break
      case "v":
        if (typeof found !== "number") return "v is not a number"
        value = found
        values++
        break
      case "vs":
        if (typeof found !== "string" || found.length > MAX_TEXT) return "vs is not a short string"
        text = found
        values++
        break
      case "vb":
        if (typeof found !== "boolean") return "vb is not a boolean"
        flag = found
        values++
        break
      default:
        return `a senml record carries ${JSON.stringify(member.slice(0, 64))}`
    }
  }
  if (values !== 1) return "a senml record does not have exactly one of v, vs, vb"
  name = base.name + name
  if (name.length > MAX_NAME || !NAME.test(name))
    return "a senml name is empty, too long, has two dots in a row or a foreign character"
  time += base.time
  if (time < RELATIVE_BELOW) time += now
  if (!(time >= now - OLDEST && time <= now + NEWEST))
    return "a senml time lies more than ten years before iat, or more than one day after it"
  return { name, unit: unit ?? base.unit, value, text, flag, time }
}

const isUnit = (value: Json): value is string => isPrintable(value, MAX_UNIT)
