/** Binds the codecs of this process to the ids of a schema registry, and keeps up with what is registered there. */

import { type BoundSchema, bindSchema, boundSchema, claimIds, isKept, means } from "../ids/bound.ts"
import type { SchemaName } from "../ids/embedded.ts"
import { schemaOf } from "../load.ts"
import { converter, layoutOf, presentLayout } from "../resolve/convert.ts"
import { schemaIdOf, withSchemaId } from "../wire/header.ts"
import { registryClient } from "./client.ts"
import { SchemaRegistryError } from "./error.ts"
import type { RegistrySettings } from "./settings.ts"
import { type SubjectStream, subjectsOf } from "./subjects.ts"
import { LOOKUP_LIMITS, type LookupLimits, SubjectVersions } from "./versions.ts"

export interface BindOptions {
  readonly settings: RegistrySettings
  /** `STREAMS` of `@assay/log`. */
  readonly streams: Readonly<Record<SubjectStream, string>>
  /** Of the topics, as `plant1.`, or empty. */
  readonly prefix: string
  readonly limits?: LookupLimits
}

/** The registry as a log engine uses it. Streams that have no subject (changelogs, say) pass through both untouched. */
export interface WireIds {
  /**
   * To be called, and awaited, with what was read from a stream before any of it is decoded. Almost always null: nothing to
   * wait for. Otherwise it resolves when every id is either known or known not to be the subject's; records with the latter
   * fail to decode with the WireError `unknown-schema`, for good.
   * @throws SchemaRegistryError (rejects): nothing is wrong with the records. Keep them and try again.
   */
  prepare(stream: string, records: ReadonlyArray<{ readonly value: Uint8Array }>): Promise<void> | null
  /**
   * To be called with every record before it is written to a stream: the record, under the id of that stream's subject. The
   * same object where the registry gives a schema one id in all subjects, as they do.
   */
  stamp(stream: string, record: Uint8Array): Uint8Array
}

interface Bound {
  readonly name: SchemaName
  readonly schema: BoundSchema
  readonly versions: SubjectVersions
  /** What records of this stream are written under. */
  readonly id: number
  /** Ids that kept schemas have too, and the registry says the same of. */
  readonly same: Set<number>
}

/** Registries give out ids from 1, as int32. What is beyond cannot be one, so nobody is asked. */
const mayBeId = (id: number): boolean => id > 0 && id < 2 ** 31

/** @throws SchemaRegistryError where the id stands for something else in the schemas that a log brought along */
const requireSame = (name: SchemaName, id: number, layout: string): void => {
  if (means(name, id, layout) || !isKept(name, id)) return
  throw new SchemaRegistryError(
    "misconfigured",
    `the id ${id} of ${name} stands for one schema in the schema registry, and for another one in a log that was copied with those of another registry: give each a process of its own`,
  )
}

const lookUp = async ({ name, schema, versions, same }: Bound, wanted: ReadonlySet<number>): Promise<void> => {
  await versions.refresh()
  for (const id of wanted) {
    const version = versions.find(id)
    if (version === undefined) {
      versions.refuse(id)
      continue
    }
    requireSame(name, id, layoutOf(version.schema))
    same.add(id)
    if (!schema.reads(id)) schema.others.set(id, converter(name, version.schema))
  }
}

/** What a record of this process, or one that is carried over from another log, is under the id of a subject. */
export const stamped = (
  { name, schema, id }: { readonly name: SchemaName; readonly schema: BoundSchema; readonly id: number },
  record: Uint8Array,
): Uint8Array => {
  const own = schemaIdOf(record)
  if (own === id) return record
  // Of a log with other ids, maybe of an earlier version: as the present one.
  if (own !== schema.id && isKept(name, own)) return withSchemaId(schema.current(record), id)
  return id === schema.id ? record : withSchemaId(record, id)
}

/**
 * Looks up the schemas of this build under the subjects of all streams, and has the codecs of this process write and read
 * by the ids found. Never registers anything: that is a step of deployment.
 * A second call, for another prefix of the same registry too (an epoch beside the one before it), adds the ids found there; what the
 * first returned goes on working. So does a log that was opened with the schemas of its registry kept beside it (`kept.ts`).
 * @throws SchemaRegistryError: `not-registered` names each subject and the command that registers it
 */
export const bindRegistry = async ({
  settings,
  streams,
  prefix,
  limits = LOOKUP_LIMITS,
}: BindOptions): Promise<WireIds> => {
  const client = registryClient(settings)
  const subjects = subjectsOf(streams, prefix)
  const found = await Promise.all(
    subjects.map(({ subject, schema }) => client.find(subject, JSON.stringify(schemaOf(schema)))),
  )
  const missing = subjects.filter((_, at) => found[at] === null)
  if (missing.length > 0) {
    throw new SchemaRegistryError(
      "not-registered",
      `the schema registry at ${settings.url} has not the schemas of this version under ${missing.map(({ subject }) => subject).join(", ")}: run \`assay schemas apply\`${prefix === "" ? "" : ` --prefix ${prefix}`} first`,
    )
  }
  const claimed = claimIds(settings.url)
  if (claimed === null) {
    throw new SchemaRegistryError(
      "misconfigured",
      `this process is bound to another schema registry already; ${settings.url} (SCHEMA_REGISTRY_URL) needs a process of its own`,
    )
  }
  const names = new Map<SchemaName, BoundSchema>()
  const bound = new Map<string, Bound>()
  subjects.forEach(({ stream, subject, schema: name }, at) => {
    const id = found[at]!
    // What was bound before goes on: this prefix's own ids come beside it.
    const schema = names.get(name) ?? (claimed === "now" ? bindSchema(name, id) : boundSchema(name))
    names.set(name, schema)
    requireSame(name, id, presentLayout(name))
    if (id !== schema.id) schema.others.set(id, withSchemaId)
    bound.set(stream, { name, schema, versions: new SubjectVersions(client, subject, limits), id, same: new Set([id]) })
  })
  return {
    prepare: (stream, records) => {
      const at = bound.get(stream)
      if (at === undefined) return null
      const { name, schema, versions, same } = at
      let wanted: Set<number> | null = null
      for (let i = 0; i < records.length; i++) {
        const id = schemaIdOf(records[i]!.value)
        // What kept schemas say of an id counts for their log: here the registry has to say the same.
        const isKnown = schema.reads(id) && (same.has(id) || !isKept(name, id))
        if (isKnown || !mayBeId(id) || versions.refuses(id)) continue
        wanted ??= new Set()
        wanted.add(id)
      }
      return wanted === null ? null : lookUp(at, wanted)
    },
    stamp: (stream, record) => {
      const at = bound.get(stream)
      return at === undefined ? record : stamped(at, record)
    },
  }
}
