/** Profiles as JSON text: every number named, within its bounds, with errors that name path and line. */
import { parseStrict } from "@assay/jose"
import {
  dictionary,
  type Fault,
  formatPath,
  integer,
  lineOf,
  list,
  number,
  object,
  optional,
  type Reader,
  readShape,
  text,
} from "@assay/jose/shape"
import { type ClassAges, DEFAULT_RULES, type Profile, type ProfileRules } from "@assay/trust"
import { CLASS_AGES, FIELDS, type Field, MAX_CLASSES } from "./fields.ts"
import { declarations, faultsOfDeclarations } from "./measurements.ts"

/** A complete profile has some 2 kB. */
export const MAX_PROFILE_BYTES = 65_536

const readerOf = ({ min, max, fraction, optional: isOptional }: Field, absent: number): Reader<number> => {
  const reader = fraction === true ? number(min, max) : integer(min, max)
  return isOptional === true ? optional(reader, absent) : reader
}

const section = <Name extends keyof ProfileRules>(name: Name): Reader<ProfileRules[Name]> =>
  object(
    Object.fromEntries(
      Object.entries<Field>(FIELDS[name]).map(([key, field]) => [
        key,
        readerOf(field, (DEFAULT_RULES[name] as unknown as Readonly<Record<string, number>>)[key]!),
      ]),
    ),
  ) as unknown as Reader<ProfileRules[Name]>

/** A class as credentials name it: 1 to 128 characters without slash. */
const CLASS = /^[^/\p{Cc}]{1,128}$/u

const classAges: Reader<ClassAges> = (value, path, faults) => {
  const found = object(
    Object.fromEntries(
      Object.entries(CLASS_AGES).map(([act, field]) => [act, optional(integer(field.min, field.max), undefined)]),
    ),
  )(value, path, faults)
  return found === undefined
    ? undefined
    : (Object.fromEntries(Object.entries(found).filter(([, seconds]) => seconds !== undefined)) as ClassAges)
}

const shape = object({
  version: integer(1),
  issued: integer(),
  expires: integer(),
  freshness: section("freshness"),
  positions: section("positions"),
  detectors: section("detectors"),
  containment: section("containment"),
  classes: optional(dictionary(CLASS, classAges, MAX_CLASSES), {}),
  measurements: optional(declarations, []),
  volatile: optional(list(text(128, CLASS, "a class, without slash"), MAX_CLASSES), []),
  attest: optional(list(text(128, CLASS, "a class, without slash"), MAX_CLASSES), []),
})

/** What no single number can tell. */
const together = ({ issued, expires, detectors, containment, measurements = [] }: Profile): ReadonlyArray<Fault> => {
  const faults: Array<Fault> = []
  const need = (holds: boolean, path: Fault["path"], message: string): void => {
    if (!holds) faults.push({ path, message })
  }
  const { leave, enter, cooldownMs, longestCooldownMs } = containment
  need(expires > issued, ["expires"], "must be later than issued")
  need(leave < enter, ["containment", "leave"], "must be below enter, or a state would change with every message")
  const { reportSurprise, alarmSurprise } = detectors
  need(reportSurprise <= alarmSurprise, ["detectors", "reportSurprise"], "must not be above alarmSurprise")
  need(cooldownMs <= longestCooldownMs, ["containment", "longestCooldownMs"], "must not be below cooldownMs")
  return [...faults, ...faultsOfDeclarations(measurements)]
}

export interface ProfileError {
  /** For example `freshness.command`; "" for the whole text. */
  readonly path: string
  readonly message: string
  /** From 1; absent where the text is no strict JSON. */
  readonly line?: number
}

/** The profile of a JSON text, or all errors (at least one). Never throws. */
export const parseProfile = (bytes: Uint8Array): Profile | { readonly errors: ReadonlyArray<ProfileError> } => {
  if (bytes.length > MAX_PROFILE_BYTES)
    return { errors: [{ path: "", message: `is larger than ${MAX_PROFILE_BYTES} bytes` }] }
  const json = parseStrict(bytes)
  if ("reason" in json) return { errors: [{ path: "", message: json.detail }] }
  const read = readShape(shape, json.value)
  const faults = "value" in read ? together(read.value) : read
  if ("value" in read && faults.length === 0) return read.value
  const written = new TextDecoder().decode(bytes)
  return {
    errors: faults.map(({ path, message }) => ({ path: formatPath(path), message, line: lineOf(written, path) })),
  }
}
