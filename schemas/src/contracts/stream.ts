/** A stream as a contract speaks of it. */
import type { SchemaName } from "../ids/embedded.ts"

export interface ContractStream {
  /** As the log calls it: `readings.verified.v1`. */
  readonly stream: string
  /** As the brokers call it: with the prefix. */
  readonly topic: string
  readonly schema: SchemaName
  /** What is on it, one or two sentences. */
  readonly about: string
  /** Milliseconds; -1 for ever; null for a table. */
  readonly retentionMs: number | null
  /** Records carry CloudEvents headers. */
  readonly hasEvents: boolean
  /** Others write it, and Assay reads it. */
  readonly isInput: boolean
  /** Names of the columns that tell a record from all others; empty where there are none such. */
  readonly key: ReadonlyArray<string>
}

// biome-ignore lint/suspicious/noExplicitAny: a schema is JSON of many shapes
export type AvroJson = any

/** The branch that is not null of `["null", X]`; null for any other. */
export const optionalOf = (schema: AvroJson): AvroJson | null =>
  Array.isArray(schema) && schema.length === 2 && schema[0] === "null" ? schema[1] : null

/** The name without its namespace. */
export const shortName = (name: string): string => name.slice(name.lastIndexOf(".") + 1)
