/**
 * Closed shapes of JSON: every member known, of its type and within its bounds. A reader gives the typed value, or notes
 * faults with their path and gives undefined; so one pass names everything that is wrong, not only the first thing.
 */
import { isObject, type Json } from "./strict.ts"

export type Path = ReadonlyArray<string | number>

export interface Fault {
  readonly path: Path
  readonly message: string
}

/** More faults than a person fixes at once. */
const MAX_FAULTS = 64

export type Reader<T> = (value: Json | undefined, path: Path, faults: Fault[]) => T | undefined
export type ValueOf<R> = R extends Reader<infer T> ? T : never

const fault = (faults: Fault[], path: Path, message: string): undefined => {
  if (faults.length < MAX_FAULTS) faults.push({ path, message })
  return undefined
}

/** For example `issuers[0].did`; "" for the whole. */
export const formatPath = (path: Path): string =>
  path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("")

/** A string of 1 to `max` characters; `what` names it where `pattern` does not match. */
export const text =
  (max: number, pattern?: RegExp, what = "text"): Reader<string> =>
  (value, path, faults) => {
    if (value === undefined) return fault(faults, path, "is missing")
    if (typeof value !== "string") return fault(faults, path, "must be a string")
    if (value.length === 0 || value.length > max) return fault(faults, path, `must have 1 to ${max} characters`)
    return pattern === undefined || pattern.test(value) ? value : fault(faults, path, `must be ${what}`)
  }

/** A SHA-256 digest, as reference values, certificates and manifests are named by one. */
export const hexSha256: Reader<string> = text(64, /^[0-9a-f]{64}$/, "lower-case hex SHA-256")

/** A SHA-256 digest, as tokens and commands name what they are about. */
export const base64urlSha256: Reader<string> = text(43, /^[A-Za-z0-9_-]{43}$/, "a base64url SHA-256")

export const number =
  (min: number, max: number): Reader<number> =>
  (value, path, faults) => {
    if (value === undefined) return fault(faults, path, "is missing")
    if (typeof value !== "number") return fault(faults, path, "must be a number")
    return value >= min && value <= max ? value : fault(faults, path, `must lie in ${min}..${max}`)
  }

/** A whole number; by default a count or a time in milliseconds. */
export const integer =
  (min = 0, max = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, path, faults) => {
    const found = number(min, max)(value, path, faults)
    return found === undefined || Number.isSafeInteger(found) ? found : fault(faults, path, "must be a whole number")
  }

export const oneOf =
  <const T extends string>(choices: ReadonlyArray<T>): Reader<T> =>
  (value, path, faults) => {
    if (value === undefined) return fault(faults, path, "is missing")
    const found = choices.find((choice) => choice === value)
    return found ?? fault(faults, path, `must be one of ${choices.join(", ")}`)
  }

export const list =
  <T>(item: Reader<T>, max: number, min = 0): Reader<ReadonlyArray<T>> =>
  (value, path, faults) => {
    if (value === undefined) return fault(faults, path, "is missing")
    if (!Array.isArray(value)) return fault(faults, path, "must be an array")
    if (value.length < min || value.length > max) return fault(faults, path, `must have ${min} to ${max} items`)
    const found: T[] = []
    for (let i = 0; i < value.length; i++) {
      const read = item(value[i], [...path, i], faults)
      if (read !== undefined) found.push(read)
    }
    return found.length === value.length ? found : undefined
  }

export const nullable =
  <T>(inner: Reader<T>): Reader<T | null> =>
  (value, path, faults) =>
    value === null ? null : inner(value, path, faults)

/** A member that may be left out; `absent` stands for it then. */
export const optional =
  <T, const A>(inner: Reader<T>, absent: A): Reader<T | A> =>
  (value, path, faults) =>
    value === undefined ? absent : inner(value, path, faults)

/** An object whose keys are free and bounded in number and form. */
export const dictionary =
  <T>(key: RegExp, inner: Reader<T>, max: number): Reader<Readonly<Record<string, T>>> =>
  (value, path, faults) => {
    if (!isObject(value)) return fault(faults, path, value === undefined ? "is missing" : "must be an object")
    const members = Object.keys(value)
    if (members.length > max) return fault(faults, path, `must have at most ${max} members`)
    const found: Array<[string, T]> = []
    for (const member of members) {
      if (!key.test(member)) fault(faults, [...path, member], `is not a key of the form ${key.source}`)
      const read = inner(value[member], [...path, member], faults)
      if (read !== undefined) found.push([member, read])
    }
    return found.length === members.length ? Object.fromEntries(found) : undefined
  }

type Members = { readonly [member: string]: Reader<unknown> }
type Shaped<M extends Members> = { readonly [K in keyof M]: ValueOf<M[K]> }

/** An object of exactly these members. */
export const object =
  <const M extends Members>(members: M): Reader<Shaped<M>> =>
  (value, path, faults) => {
    if (!isObject(value)) return fault(faults, path, value === undefined ? "is missing" : "must be an object")
    const before = faults.length
    for (const member of Object.keys(value))
      if (!Object.hasOwn(members, member)) fault(faults, [...path, member], "is not a known key")
    const found: Record<string, unknown> = {}
    for (const [member, reader] of Object.entries(members))
      found[member] = reader(Object.hasOwn(value, member) ? value[member] : undefined, [...path, member], faults)
    return faults.length === before ? (found as Shaped<M>) : undefined
  }

/** The typed value, or every fault found. */
export const readShape = <T>(reader: Reader<T>, value: Json): { readonly value: T } | ReadonlyArray<Fault> => {
  const faults: Fault[] = []
  const found = reader(value, [], faults)
  return faults.length === 0 && found !== undefined ? { value: found } : faults
}

export { lineOf } from "./line.ts"
export { syntaxErrorAt } from "./syntax.ts"
