/**
 * What a registry has of our subjects, kept with a copy of a log: its records bear the registry's ids, and the leaves of the audit record
 * commit to them byte for byte. So they are read by what was kept, with no registry, and by any registry's side.
 */
import { bindSchema, boundSchema, claimForKept, keepId, means } from "../ids/bound.ts"
import type { SchemaName } from "../ids/embedded.ts"
import { converter, layoutOf, presentLayout } from "../resolve/convert.ts"
import { withSchemaId } from "../wire/header.ts"
import { stamped, type WireIds } from "./bind.ts"
import type { RegistryClient, Version } from "./client.ts"
import { SchemaRegistryError } from "./error.ts"
import { STREAM_SCHEMAS, type SubjectStream, subjectsOf } from "./subjects.ts"

export interface KeptSubject {
  /** The stream as the log calls it. */
  readonly stream: string
  readonly subject: string
  /** Its own level, or what the registry applies; null where it says none. */
  readonly compatibility: string | null
  /** In their order; those that were deleted are missing. */
  readonly versions: ReadonlyArray<Version>
}

export interface KeptSchemas {
  readonly version: 1
  /** Where they are from; nobody is asked there. */
  readonly registry: string
  readonly subjects: ReadonlyArray<KeptSubject>
}

type Streams = Readonly<Record<SubjectStream, string>>

/** No registry gives it out: what is converted for the codecs of a process that writes nothing is under it. */
const NO_ID = 2 ** 32 - 1
/** Of a subject; more are a mistake of somebody's. */
const MAX_VERSIONS = 1_000

/**
 * Asks for every version of our subjects. To be called after the records were read: a version may be registered meanwhile.
 * @throws SchemaRegistryError: `not-registered` where a subject is missing
 */
export const keepSchemas = async (client: RegistryClient, streams: Streams, prefix: string): Promise<KeptSchemas> => {
  const subjects: Array<KeptSubject> = []
  for (const { stream, subject } of subjectsOf(streams, prefix)) {
    const latest = await client.latest(subject)
    if (latest === null)
      throw new SchemaRegistryError(
        "not-registered",
        `the schema registry at ${client.url} has no subject ${subject}: run \`assay schemas check\``,
      )
    if (latest.version > MAX_VERSIONS)
      throw new SchemaRegistryError(
        "misconfigured",
        `${subject} has ${latest.version} versions, and ${MAX_VERSIONS} are kept at most: delete those that no record bears`,
      )
    const versions: Array<Version> = []
    for (let number = 1; number < latest.version; number++) {
      const version = await client.version(subject, number)
      if (version !== null) versions.push(version)
    }
    versions.push(latest)
    subjects.push({ stream, subject, compatibility: await client.compatibility(subject), versions })
  }
  return { version: 1, registry: client.url, subjects }
}

const isVersion = (value: unknown): value is Version => {
  const { id, version, schema } = (value ?? {}) as Record<string, unknown>
  return Number.isInteger(id) && (id as number) > 0 && Number.isInteger(version) && typeof schema === "string"
}

const isSubject = (value: unknown): value is KeptSubject => {
  const { stream, subject, versions } = (value ?? {}) as Record<string, unknown>
  const isNamed = typeof stream === "string" && typeof subject === "string"
  return isNamed && Array.isArray(versions) && versions.length > 0 && versions.every(isVersion)
}

/** @param text as `JSON.stringify` wrote it @throws SchemaRegistryError: `misconfigured` */
export const readKept = (text: string): KeptSchemas => {
  const refuse = (why: string): SchemaRegistryError =>
    new SchemaRegistryError("misconfigured", `it does not hold the schemas of a log: ${why}`)
  let found: Partial<KeptSchemas>
  try {
    found = JSON.parse(text) as Partial<KeptSchemas>
  } catch {
    throw refuse("it is no JSON")
  }
  if (found?.version !== 1) throw refuse("its version is not 1")
  if (!Array.isArray(found.subjects) || !found.subjects.every(isSubject)) throw refuse("a subject has no versions")
  return found as KeptSchemas
}

/**
 * Has the codecs of this process read the records of a log by the schemas that were kept with it, and write more of them under the
 * same ids. Where a registry is bound already, or is bound later, its ids count for its own log.
 * @param toWrite whether records are written to the log: then it needs an id for each schema of this build
 * @throws SchemaRegistryError: `not-registered` where it has none; `misconfigured` where an id stands for something else already
 */
export const bindKept = ({ registry, subjects }: KeptSchemas, streams: Streams, toWrite: boolean): WireIds => {
  const byStream = new Map(subjects.map((one) => [one.stream, one]))
  const isFirst = claimForKept()
  const first = new Set<SchemaName>()
  const bound = new Map<string, Parameters<typeof stamped>[0]>()
  for (const key of Object.keys(STREAM_SCHEMAS) as ReadonlyArray<SubjectStream>) {
    const name: SchemaName = STREAM_SCHEMAS[key]
    const versions = byStream.get(streams[key])?.versions ?? []
    const present = presentLayout(name)
    const own = versions.findLast(({ schema }) => layoutOf(schema) === present)?.id ?? null
    if (own === null && toWrite)
      throw new SchemaRegistryError(
        "not-registered",
        `the schemas that were kept with this log, of ${registry}, have not that of this version for ${streams[key]}: write to it with the Assay that made the copy, or go on on brokers (assay topics grow --from-data)`,
      )
    const schema = isFirst && !first.has(name) ? bindSchema(name, own ?? NO_ID) : boundSchema(name)
    first.add(name)
    for (const { id, schema: text } of versions) {
      if (!means(name, id, layoutOf(text)))
        throw new SchemaRegistryError(
          "misconfigured",
          `the id ${id} of ${name} stands for one schema in this log, and for another one in one that is open already: give each a process of its own`,
        )
      keepId(name, id)
      if (!schema.reads(id)) schema.others.set(id, id === own ? withSchemaId : converter(name, text))
    }
    if (own !== null) bound.set(streams[key], { name, schema, id: own })
  }
  return {
    // All that there is is known: another id is none of this log.
    prepare: () => null,
    stamp: (stream, record) => {
      const at = bound.get(stream)
      return at === undefined ? record : stamped(at, record)
    },
  }
}
