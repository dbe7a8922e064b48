/** Members that Verifiable Credentials (Data Model 2.0) have in common, whatever they are about. */
import { isObject } from "@assay/jose"
import { list, number, object, optional, type Reader, text } from "@assay/jose/shape"

export const VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"

export const uri = text(512, /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/, "an absolute URI")
/** 2^31 entries are far beyond any list that is read. */
export const MAX_STATUS_INDEX = 2 ** 31
/** Seconds; beyond it milliseconds would leave the safe integers. */
export const MAX_NUMERIC_DATE = 2 ** 42
/** A NumericDate (RFC 7519, section 2): seconds since 1970, with a fraction or without. */
export const numericDate = number(0, MAX_NUMERIC_DATE)
export const did = text(1024, /^did:/, "a DID")

const DATE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/

/** An xsd:dateTimeStamp, as milliseconds since 1970; what is finer than these is cut off. */
export const dateTime: Reader<number> = (value, path, faults) => {
  const found = text(64, DATE, "a date and time with Z or an offset, as 2027-01-31T12:00:00Z")(value, path, faults)
  if (found === undefined) return undefined
  const [, year, month, day, hours, minutes, seconds, fraction = "", sign, offsetHours, offsetMinutes] =
    DATE.exec(found)!
  const numbers = [year, month, day, hours, minutes, seconds].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [y, m, d, h, min, sec] = numbers
  const local = Date.UTC(y, m - 1, d, h, min, sec, Number(fraction.slice(0, 3).padEnd(3, "0")))
  // Date.UTC folds 31 April into May; an issuer that writes it meant something else.
  const isReal = new Date(local).toISOString().slice(0, 19) === found.slice(0, 19)
  const [off, offMin] = [Number(offsetHours ?? 0), Number(offsetMinutes ?? 0)]
  const time = local - (sign === "-" ? -1 : 1) * (off * 60 + offMin) * 60_000
  // XML Schema 1.1, part 2, section 3.3.7: offsets go up to 14:00. Before 1970 there were no credentials.
  if (isReal && off * 60 + offMin <= 14 * 60 && offMin < 60 && time >= 0) return time
  faults.push({ path, message: "is no day and time of the calendar" })
  return undefined
}

/** What is for people and says nothing about any right: a text, or texts by language (VC data model, section 11.1). */
const prose: Reader<null> = (value, path, faults) => {
  if (typeof value === "string" || isObject(value) || Array.isArray(value)) return null
  faults.push({ path, message: "must be text, or text by language" })
  return undefined
}

/** For people: `name` and `description` (VC data model, section 4.6). */
export const named = { name: optional(prose, null), description: optional(prose, null) } as const

/** A DID, or an object whose id is one (section 4.7). */
const issuer: Reader<string> = (value, path, faults) =>
  isObject(value) ? object({ id: did, ...named })(value, path, faults)?.id : did(value, path, faults)

/** Texts, of which the first are given. */
const strings = (fixed: ReadonlyArray<string>, max: number): Reader<ReadonlyArray<string>> => {
  const plain = list(text(256), max, fixed.length)
  return (value, path, faults) => {
    const found = plain(value, path, faults)
    if (found === undefined || fixed.every((item, i) => found[i] === item)) return found
    faults.push({ path, message: `must begin with ${fixed.join(", ")}` })
    return undefined
  }
}

/** What every credential begins with. @param types that it must name first */
export const credentialHead = (types: ReadonlyArray<string>) =>
  ({ "@context": strings([VC_CONTEXT], 4), type: strings(types, 4), ...named, issuer }) as const
