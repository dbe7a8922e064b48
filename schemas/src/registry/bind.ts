/** Binds the codecs of this process to the ids of a schema registry, and keeps up with what is registered there. */

import { type BoundSchema, bindSchema, boundSchema, claimIds } from "../ids/bound.ts"
import type { SchemaName } from "../ids/embedded.ts"
import { schemaOf } from "../load.ts"
import { converter } from "../resolve/convert.ts"
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
}

/** Registries give out ids from 1, as int32. What is beyond cannot be one, so nobody is asked. */
const mayBeId = (id: number): boolean => id > 0 && id < 2 ** 31

const lookUp = async ({ name, schema, versions }: Bound, wanted: ReadonlySet<number>): Promise<void> => {
  await versions.refresh()
  for (const id of wanted) {
    const version = versions.find(id)
    if (version === undefined) versions.refuse(id)
    else if (!schema.reads(id)) schema.others.set(id, converter(name, version.schema))
  }
}

/**
 * Looks up the schemas of this build under the subjects of all streams, and has the codecs of this process write and read
 * by the ids found. Never registers anything: that is a step of deployment.
 * A second call, for another prefix of the same registry too (an epoch beside the one before it), adds the ids found there; what the
 * first returned goes on working.
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
    if (id !== schema.id) schema.others.set(id, withSchemaId)
    bound.set(stream, { name, schema, versions: new SubjectVersions(client, subject, limits), id })
  })
  return {
    prepare: (stream, records) => {
      const at = bound.get(stream)
      if (at === undefined) return null
      const { schema, versions } = at
      let wanted: Set<number> | null = null
      for (let i = 0; i < records.length; i++) {
        const id = schemaIdOf(records[i]!.value)
        if (id === schema.id || schema.reads(id) || !mayBeId(id) || versions.refuses(id)) continue
        wanted ??= new Set()
        wanted.add(id)
      }
      return wanted === null ? null : lookUp(at, wanted)
    },
    stamp: (stream, record) => {
      const at = bound.get(stream)
      return at === undefined || at.id === at.schema.id ? record : withSchemaId(record, at.id)
    },
  }
}
