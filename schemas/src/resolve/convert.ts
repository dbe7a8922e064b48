/**
 * Records of another writer (an earlier or a later version of ours, a producer with a schema of its own), written anew as
 * the present version by Avro's schema resolution. avsc decodes by a resolver that is built once, and encodes again; the
 * codec then reads what it always reads. That costs microseconds, which only such records pay.
 */
import avro, { type Type } from "avsc"
import type { Convert } from "../ids/bound.ts"
import type { SchemaName } from "../ids/embedded.ts"
import { schemaOf } from "../load.ts"
import { WireError } from "../wire/error.ts"
import { HEADER_BYTES, withSchemaId } from "../wire/header.ts"
import { wholenessOf } from "./bounded.ts"

/** Ours have under 10 kB. A schema beyond this is somebody's mistake. */
const MAX_SCHEMA = 1 << 20

/** Wrapped unions keep their branch through decoding and encoding, whatever the branches are. */
const typeOf = (schema: unknown): Type => avro.Type.forSchema(schema as avro.Schema, { wrapUnions: "always" })

const present = new Map<SchemaName, Type>()
const presentType = (name: SchemaName): Type => {
  let type = present.get(name)
  if (type === undefined) {
    type = typeOf(schemaOf(name))
    present.set(name, type)
  }
  return type
}

/** The schema without documentation and whatever else does not touch the bytes. */
const canonical = (type: Type): string => JSON.stringify(type.schema())

/** The layout of a schema as text: the same for two schemas whose records have the same bytes. Of what is no Avro, the text itself. */
export const layoutOf = (schema: string): string => {
  try {
    return canonical(typeOf(JSON.parse(schema)))
  } catch {
    return schema
  }
}

/** That of this build. */
export const presentLayout = (name: SchemaName): string => canonical(presentType(name))

const prepared = (name: SchemaName, schema: string): Convert => {
  if (schema.length > MAX_SCHEMA) throw new Error(`the writer's schema has over ${MAX_SCHEMA} characters`)
  const reader = presentType(name)
  const writer = typeOf(JSON.parse(schema))
  // The same layout under another id: a comment was changed, or the registry counts each subject for itself.
  if (canonical(writer) === canonical(reader)) return withSchemaId
  const resolver = reader.createResolver(writer)
  const check = wholenessOf(writer)
  return (record, id) => {
    check(record, HEADER_BYTES)
    const body = Buffer.from(record.buffer, record.byteOffset + HEADER_BYTES, record.length - HEADER_BYTES)
    let rewritten: Buffer
    try {
      rewritten = reader.toBuffer(reader.fromBuffer(body, resolver))
    } catch (cause) {
      throw new WireError("not-wire-format", `no record of its writer's schema: ${(cause as Error).message}`)
    }
    const out = Buffer.allocUnsafe(HEADER_BYTES + rewritten.length)
    out[0] = 0
    out.writeUInt32BE(id, 1)
    out.set(rewritten, HEADER_BYTES)
    return out
  }
}

/**
 * Reads records that were written by `schema` (Avro, JSON text) as the present version of `name`. The schema is looked at
 * when the first record comes; one that is not Avro, or that the present version cannot read, makes every record of it an
 * `unknown-schema`.
 */
export const converter = (name: SchemaName, schema: string): Convert => {
  let convert: Convert | null = null
  return (record, id) => {
    if (convert === null) {
      try {
        convert = prepared(name, schema)
      } catch (cause) {
        const reason = `the writer's schema cannot be read as ${name}: ${(cause as Error).message}`
        convert = () => {
          throw new WireError("unknown-schema", reason)
        }
      }
    }
    return convert(record, id)
  }
}
