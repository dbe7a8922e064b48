/**
 * What a deployment answers to others by TRQP 2.0, from its trust bundle: which issuers it lets issue which credentials, and which other
 * registries it recognises. Pure.
 */
import { parseStrictObject } from "@assay/jose"
import { type Fault, formatPath, object, optional, type Reader, readShape, text } from "@assay/jose/shape"
import { ASSURANCES, ISSUE, type TrustBundle } from "@assay/trust"

/** RFC 7807. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
}

export interface Served {
  /** The id of our authority. */
  readonly authority: string
  readonly bundle: TrustBundle
  /** Milliseconds since 1970. */
  readonly now: number
}

export type Query = "authorization" | "recognition"

const name = text(1_024, /^[!-~]+$/, "a name without blanks")
/** Members of the context are texts; others than ours are repeated, and mean nothing here. */
const context: Reader<Readonly<Record<string, string>>> = (value, path, faults) => {
  const isText = typeof value === "object" && value !== null && !Array.isArray(value)
  const members = isText ? Object.entries(value) : []
  if (!isText || members.length > 16 || members.some(([, one]) => typeof one !== "string" || one.length > 512)) {
    faults.push({ path, message: "must be an object of at most 16 texts" } satisfies Fault)
    return undefined
  }
  return Object.fromEntries(members) as Readonly<Record<string, string>>
}
const shape = object({
  entity_id: name,
  authority_id: name,
  action: name,
  resource: name,
  context: optional(context, undefined),
})

/** A question about another time is one that a bundle, which says what is so now, cannot answer. */
const NOW_MS = 60_000

const problem = (status: number, title: string, detail: string): Problem => ({ status, title, detail })

const grants = (allowed: ReadonlyArray<string>, one: string): boolean => allowed.includes("*") || allowed.includes(one)

/** Our levels are our names of assurance. */
const reaches = (maximum: string, level: string | undefined): boolean =>
  level === undefined ||
  (ASSURANCES.includes(level as never) && ASSURANCES.indexOf(level as never) <= ASSURANCES.indexOf(maximum as never))

/** Whether the bundle says so; null where it says nothing of that entity: that is no denial, which others would weigh. */
const holdsFor = (
  query: Query,
  { bundle }: Served,
  entity: string,
  resource: string,
  level: string | undefined,
): boolean | null => {
  if (query === "authorization") {
    const issuer = bundle.issuers.find(({ did }) => did === entity)
    if (issuer === undefined) return null
    return grants(issuer.credentialTypes, resource) && reaches(issuer.maxAssurance, level)
  }
  const registry = bundle.registries?.find(({ authority }) => authority === entity)
  if (registry === undefined) return null
  const { credentialTypes, maxAssurance } = registry.scope
  return grants(credentialTypes, resource) && reaches(maxAssurance, level)
}

/** RFC 3339 in UTC (TRQP 2.0: "RFC3339 required, using only Z (+00:00) offset"): it is repeated in the answer. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)$/

/** @param bytes of the question, as they came */
export const answerTo = (
  query: Query,
  bytes: Uint8Array,
  served: Served,
): Readonly<Record<string, unknown>> | Problem => {
  const { authority, bundle, now } = served
  const json = parseStrictObject(bytes)
  if ("reason" in json) return problem(400, "not a JSON object", json.detail)
  const read = readShape(shape, json.value)
  if (!("value" in read)) {
    const [first] = read
    return problem(400, "not a question", `${formatPath(first!.path)} ${first!.message}`)
  }
  const { entity_id, authority_id, action, resource, context: given } = read.value
  if (authority_id !== authority)
    return problem(404, "another authority", `this registry answers for ${authority}, not for ${authority_id}`)
  if (bundle.expires <= now)
    return problem(503, "nothing is in force", `the trust bundle expired at ${new Date(bundle.expires).toISOString()}`)
  const time = given?.["time"]
  const asked = time === undefined ? now : TIME.test(time) ? Date.parse(time) : Number.NaN
  if (Number.isNaN(asked)) return problem(400, "not a time", "context.time must be an RFC 3339 time in UTC")
  if (Math.abs(asked - now) > NOW_MS)
    return problem(422, "another time", `this registry says what is so now, and not what was at ${time}`)
  const level = given?.["assurance_level"]
  const said = holdsFor(query, served, entity_id, resource, level)
  if (said === null) return problem(404, "not known", `${authority} says nothing of ${entity_id}`)
  const holds = action === ISSUE && said
  const verb = query === "authorization" ? "authorizes" : "recognizes"
  return {
    entity_id,
    authority_id,
    action,
    resource,
    [query === "authorization" ? "authorized" : "recognized"]: holds,
    ...(time === undefined ? {} : { time_requested: time }),
    time_evaluated: new Date(now).toISOString(),
    message: `${authority} ${holds ? verb : `does not ${verb.slice(0, -1)}`} ${entity_id}: ${action} ${resource}`,
    ...(given === undefined ? {} : { context: given }),
  }
}

export const isProblem = (answer: Readonly<Record<string, unknown>> | Problem): answer is Problem => "status" in answer
