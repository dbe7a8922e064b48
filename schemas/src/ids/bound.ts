/**
 * Which ids stand for our schemas in this process: those of `schemas/ids.json`, until a schema registry gave out its own
 * (`registry/bind.ts`), or a log was opened that was copied with those of its registry (`registry/kept.ts`). One process reads and
 * writes by one registry, so the codecs share one table.
 *
 * A record under the schema's own id goes straight to the codec. A record under another id that stands for
 * the schema (an earlier version, a producer with a schema of its own, another subject's id) is first written anew as the
 * present version, so that every record decodes to the same TypeScript shapes in one place: the codec.
 */

import { schemaIdOf } from "../wire/header.ts"
import { SCHEMA_IDS, type SchemaName } from "./embedded.ts"

/**
 * Gives a record of another writer as a record of the present version, under `id`.
 * @throws WireError where the bytes are no record of the writer's schema, or that cannot be read as ours
 */
export type Convert = (record: Uint8Array, id: number) => Uint8Array

/** What stands for one schema. Only `bindSchema` and `useEmbeddedIds` change it. */
export class BoundSchema {
  /** The id that records are written under, and read from without a detour. */
  id: number
  /** Other ids that stand for the schema. Bounded by whoever adds to it. */
  others: Map<number, Convert> = new Map()

  constructor(id: number) {
    this.id = id
  }

  /** The record itself, or one of the present version where it was written under another id that we know. */
  current(record: Uint8Array): Uint8Array {
    const id = schemaIdOf(record)
    if (id === this.id || id < 0) return record
    // An id that stands for nothing is the decoder's to refuse.
    return this.others.get(id)?.(record, this.id) ?? record
  }

  /** Whether a record with this id can be decoded without asking a registry. */
  reads(id: number): boolean {
    return id === this.id || this.others.has(id)
  }
}

const names = Object.keys(SCHEMA_IDS) as ReadonlyArray<SchemaName>
const bound = Object.fromEntries(names.map((name) => [name, new BoundSchema(SCHEMA_IDS[name])])) as Readonly<
  Record<SchemaName, BoundSchema>
>

/** The entry of the table; the same object for the life of the process. */
export const boundSchema = (name: SchemaName): BoundSchema => bound[name]

/** From now on `id` stands for the schema, and nothing else does but what is added to the returned entry's `others`. */
export const bindSchema = (name: SchemaName, id: number): BoundSchema => {
  const entry = bound[name]
  entry.id = id
  entry.others = new Map()
  return entry
}

/** Which registry gave out the ids, or which kept schemas say what they stand for. */
let owner: string | null = null
let hasKept = false

/**
 * Takes the table for one registry, whose ids stand for the same schema under every subject.
 * @returns whether it is taken now, was before, or is shared with kept schemas; null where another registry has it: two would read
 *   each other's ids as their own
 */
export const claimIds = (registry: string): "now" | "before" | "beside" | null => {
  const claimed = owner === null ? (hasKept ? "beside" : "now") : owner === registry ? "before" : null
  owner ??= registry
  return claimed
}

/** Takes the table for schemas that were kept with a log. @returns whether nobody had it; false: their ids come beside what there is */
export const claimForKept = (): boolean => {
  const isFirst = owner === null && !hasKept
  hasKept = true
  return isFirst
}

/** Of each schema: what its ids stand for, as text that is the same for the same layout. Kept where a log brought its schemas along. */
const meanings = new Map<SchemaName, Map<number, string>>()
/** Ids that kept schemas brought. */
const keptIds = new Map<SchemaName, Set<number>>()

const entryOf = <Value>(of: Map<SchemaName, Value>, name: SchemaName, empty: () => Value): Value => {
  const found = of.get(name) ?? empty()
  of.set(name, found)
  return found
}

/** @returns false where the id stands for another layout already: records of one would be read as those of the other */
export const means = (name: SchemaName, id: number, layout: string): boolean => {
  const known = entryOf(meanings, name, () => new Map<number, string>())
  const before = known.get(id)
  if (before === undefined) known.set(id, layout)
  return before === undefined || before === layout
}

export const keepId = (name: SchemaName, id: number): void => {
  entryOf(keptIds, name, () => new Set<number>()).add(id)
}

export const isKept = (name: SchemaName, id: number): boolean => keptIds.get(name)?.has(id) ?? false

/** Back to the ids of `schemas/ids.json`. */
export const useEmbeddedIds = (): void => {
  owner = null
  hasKept = false
  meanings.clear()
  keptIds.clear()
  for (const name of names) bindSchema(name, SCHEMA_IDS[name])
}
