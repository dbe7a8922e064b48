/**
 * The closed shape of a device credential: a Verifiable Credential (Data Model 2.0) of the type `AssayDeviceCredential`.
 * Closed, because a member that a verifier does not understand could restrict what the issuer meant to grant. What restricts
 * nothing is taken in every form that the recommendations allow: names and descriptions, an issuer as an object, times with
 * an offset, a status index as a number.
 */

import {
  type Fault,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  type Path,
  type Reader,
  text,
  type ValueOf,
} from "@assay/jose/shape"
import { ACTIONS, ASSURANCES, DECLARED_KINDS } from "@assay/trust"
import type { MaxAges, MeasurementGrant } from "../capability/compile.ts"
import { credentialHead, dateTime, did, MAX_STATUS_INDEX, named, uri } from "./members.ts"

export { VC_CONTEXT } from "./members.ts"

/** The W3C's context for members that no other context defines: `vendor`, `capabilities` and so on. */
export const UNDEFINED_TERMS_CONTEXT = "https://www.w3.org/ns/credentials/undefined-terms/v2"
export const VC_TYPE = "VerifiableCredential"
export const DEVICE_TYPE = "AssayDeviceCredential"

export const MAX_MEASUREMENTS = 64
export const MAX_AUDIENCES = 32
export const MAX_STATUS = 4
export const MAX_RATE = 1_000_000
/** Of these, how many may declare a kind or a period: each device keeps them. */
export const MAX_DECLARED = 16
/** As long as a class of the profile may wait, and as long a period as it may declare. */
export const MAX_AGE_S = 31 * 86_400

/** Vendor and class make keys of the form `vendor/class`. */
const name = text(128, /^[^/\p{Cc}]+$/u, "a name without slash")
const pattern = text(256, /^[^*]*\*?$/, "an exact name, or a prefix that ends with *")
const audience = text(
  512,
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:[!-)+-~]+|[!-)+-~]*\/\*)$/,
  "a URI, or a prefix that ends with /*",
)
/** A decimal in a string, as the recommendation has it, or the number that issuers write all the same. */
const statusIndex: Reader<number> = (value, path, faults) => {
  if (typeof value === "number") return integer(0, MAX_STATUS_INDEX)(value, path, faults)
  const found = text(10, /^(?:0|[1-9]\d*)$/, "a decimal")(value, path, faults)
  if (found === undefined || Number(found) <= MAX_STATUS_INDEX) return found === undefined ? undefined : Number(found)
  faults.push({ path, message: "is larger than any list" })
  return undefined
}

const statusEntry = object({
  id: optional(uri, null),
  type: oneOf(["BitstringStatusListEntry"]),
  statusPurpose: oneOf(["revocation", "suspension"]),
  statusListIndex: statusIndex,
  statusListCredential: uri,
  /** One bit, which is also what is meant where nothing is said. */
  statusSize: optional(integer(1, 1), 1),
})

const grant = object({
  name: pattern,
  unit: optional(nullable(text(64)), null),
  min: optional(nullable(number(-Number.MAX_VALUE, Number.MAX_VALUE)), null),
  max: optional(nullable(number(-Number.MAX_VALUE, Number.MAX_VALUE)), null),
  kind: optional(oneOf(DECLARED_KINDS), undefined),
  period: optional(number(1, MAX_AGE_S), undefined),
})

const grants = list(grant, MAX_MEASUREMENTS)
const measurements: Reader<ReadonlyArray<MeasurementGrant>> = (value, path, faults) => {
  const found = grants(value, path, faults)
  const declared = found?.filter(({ kind, period }) => kind !== undefined || period !== undefined).length ?? 0
  if (declared <= MAX_DECLARED) return found
  faults.push({ path, message: `declares a kind or period of ${declared} measurements, where ${MAX_DECLARED} may` })
  return undefined
}

/** Seconds for each act; the profile in force bounds them further. */
const maxAges: Reader<MaxAges> = (value, path, faults) => {
  const found = object(Object.fromEntries(ACTIONS.map((act) => [act, optional(integer(1, MAX_AGE_S), undefined)])))(
    value,
    path,
    faults,
  )
  // In the order of ACTIONS, whatever the credential's: equal terms have equal texts.
  return found === undefined
    ? undefined
    : Object.fromEntries(Object.entries(found).filter(([, seconds]) => seconds !== undefined))
}

const capabilities = object({
  measurements,
  actions: list(oneOf(ACTIONS), ACTIONS.length),
  audiences: list(audience, MAX_AUDIENCES),
  ratePerMinute: integer(1, MAX_RATE),
  maxAges: optional(maxAges, undefined),
})

/** One entry, or several; none where the member is left out. */
const oneOrMore =
  <T>(entries: Reader<ReadonlyArray<T>>): Reader<ReadonlyArray<T>> =>
  (value, path, faults) =>
    value === undefined ? [] : entries(Array.isArray(value) ? value : [value], path, faults)

/**
 * The one JSON Schema that a credential may name (`credentialSchema`, VC JSON Schema): it says what is read here anyway, so whatever is
 * read conforms to it. Another one could ask for more, and nobody here would have looked at it.
 */
export const SCHEMA_ID = "urn:assay:schema:AssayDeviceCredential:1"
/** Of `schemas/device-credential-1.json`, which never changes: what differs is another schema. */
export const SCHEMA_DIGEST = "sha384-9MXrzli7Qv3djzs3WnY+Gz/pl69z+s088XnF+dZPvECLLdkpgOEwPFDsozZfxhV7"
const MAX_SCHEMAS = 4

const schemaEntry = object({
  id: oneOf([SCHEMA_ID]),
  type: oneOf(["JsonSchema"]),
  digestSRI: optional(oneOf([SCHEMA_DIGEST]), SCHEMA_DIGEST),
})

/** What a credential says of its device, in any format. */
export const subjectMembers = {
  hardwareId: optional(text(128), null),
  vendor: name,
  class: name,
  assurance: optional(oneOf(ASSURANCES), "claimed"),
  capabilities,
} as const

const credential = object({
  ...credentialHead([VC_TYPE, DEVICE_TYPE]),
  id: optional(uri, null),
  validFrom: dateTime,
  validUntil: dateTime,
  credentialSubject: object({
    id: did,
    ...named,
    ...subjectMembers,
  }),
  credentialSchema: oneOrMore(list(schemaEntry, MAX_SCHEMAS, 1)),
  /** A credential without is valid until it expires. */
  credentialStatus: oneOrMore(list(statusEntry, MAX_STATUS)),
})
export type CredentialBody = ValueOf<typeof credential>

/** What no single member of the capabilities can tell. @param path of these */
export const checkRanges = ({ measurements }: ValueOf<typeof capabilities>, path: Path, faults: Fault[]): void =>
  measurements.forEach(({ min, max }, i) => {
    if (min !== null && max !== null && min > max)
      faults.push({ path: [...path, "measurements", i, "max"], message: "is below min" })
  })

/** A whole credential, its members consistent with one another. */
export const deviceCredential: Reader<CredentialBody> = (value, path, faults) => {
  const found = credential(value, path, faults)
  if (found === undefined) return undefined
  if (found.validUntil <= found.validFrom)
    faults.push({ path: ["validUntil"], message: "must be later than validFrom" })
  checkRanges(found.credentialSubject.capabilities, ["credentialSubject", "capabilities"], faults)
  return faults.length === 0 ? found : undefined
}
