import { readFileSync } from "node:fs"

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const PRIMITIVES = new Set([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
  "record",
  "enum",
  "array",
  "map",
  "fixed",
  "error",
])

const DEFINED = new Set(["record", "enum", "fixed", "error"])

/** Attributes for the generator of our codecs (`generate/model.ts`), which say nothing to anybody else. */
const OURS = new Set(["codec", "fixedId", "groups", "kind", "list", "repeats", "shared", "trustType", "union"])

const withoutOurs = (_: string, value: Json): Json =>
  value === null || typeof value !== "object" || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name]) => !OURS.has(name)))

const read = (file: string): Json =>
  JSON.parse(readFileSync(new URL(`../avsc/${file}.avsc`, import.meta.url), "utf8"), withoutOurs)

/** `AssayedMessage` is defined in `assayed-message.avsc`. */
export const fileOf = (typeName: string): string =>
  typeName
    .slice(typeName.lastIndexOf(".") + 1)
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()

/**
 * Reads `schemas/avsc/<name>.avsc` and returns the schema as one self-contained JSON value, which any Avro library reads.
 *
 * A type named but not defined in the file is read from its own file (see {@link fileOf}) and put in at its first use:
 * Avro wants a definition before or at the first reference, and exactly one of it. Attributes that only the generator of
 * our codecs reads are left out.
 *
 * @throws Error when the file, or the file of a referenced type, is missing.
 */
export const schemaOf = (name: string): object => {
  const defined = new Set<string>()
  const resolve = (schema: Json): Json => {
    if (typeof schema === "string") {
      const short = schema.slice(schema.lastIndexOf(".") + 1)
      return PRIMITIVES.has(schema) || defined.has(short) ? schema : resolve(read(fileOf(schema)))
    }
    if (Array.isArray(schema)) return schema.map(resolve)
    if (schema === null || typeof schema !== "object") return schema
    const type = schema.type
    if (typeof type === "string" && DEFINED.has(type) && typeof schema.name === "string") {
      defined.add(schema.name.slice(schema.name.lastIndexOf(".") + 1))
    }
    const out: { [key: string]: Json } = { ...schema }
    if (type !== undefined) out.type = resolve(type)
    if (schema.items !== undefined) out.items = resolve(schema.items)
    if (schema.values !== undefined) out.values = resolve(schema.values)
    if (Array.isArray(schema.fields)) {
      out.fields = schema.fields.map((field) => {
        const f = field as { [key: string]: Json }
        return { ...f, type: resolve(f.type ?? "null") }
      })
    }
    return out
  }
  return resolve(read(name)) as object
}
