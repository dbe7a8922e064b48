/**
 * The .avsc files as the generator sees them. It knows the part of Avro that our records use, and refuses the rest by
 * name: a codec that is wrong for a schema must not come into being.
 *
 * Besides Avro's own, the files carry attributes for the generator, which `schemaOf` leaves out:
 * `codec` names the functions of a record that has an id (`encode<codec>`); `fixedId` says that its id is never that of a
 * registry; `groups` gathers fields of the record in one member of the TypeScript type; `trustType` is the type in
 * `@assay/trust` of a string whose values grow freely; `list` names the constant of an enum's symbols; `repeats` says that other records are likely to hold the same
 * string, which is then decoded once; `kind` is the value that tells a record from the others of its union, where that
 * is not its name; `shared` says that many records are likely to hold the very same object, which is then encoded once;
 * `union` names a field's union of records and documents it.
 */
import { readdirSync, readFileSync } from "node:fs"

export type Primitive = "boolean" | "int" | "long" | "double" | "bytes" | "string"

export type Shape =
  | { readonly kind: "primitive"; readonly name: Primitive; readonly repeats: boolean }
  /** A string; `name` is its type in `@assay/trust`. */
  | { readonly kind: "word"; readonly name: string }
  /** A record or an enum. */
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "optional"; readonly of: Shape }
  | { readonly kind: "array"; readonly of: Shape }
  | Tagged

/** A union of records, distinguished by a member `kind`; where it is `nullable`, null is its first branch. */
export interface Tagged {
  readonly kind: "tagged"
  readonly name: string
  readonly doc: string | null
  readonly nullable: boolean
  readonly branches: ReadonlyArray<string>
}

export interface Field {
  readonly name: string
  readonly doc: string | null
  readonly shape: Shape
}

/** Fields of a record that TypeScript sees as one member. */
export interface Group {
  readonly member: string
  readonly type: string
  readonly doc: string
  readonly fields: ReadonlyArray<string>
}

export interface EnumType {
  readonly kind: "enum"
  readonly name: string
  /** The file that defines it, without `.avsc`. */
  readonly file: string
  readonly doc: string | null
  readonly symbols: ReadonlyArray<string>
  /** The constant that lists them. */
  readonly list: string
}

export interface RecordType {
  readonly kind: "record"
  readonly name: string
  readonly file: string
  readonly doc: string | null
  readonly fields: ReadonlyArray<Field>
  readonly groups: ReadonlyArray<Group>
  /** What its functions are called by, where it is a record with an id. */
  readonly codec: string
  readonly fixedId: boolean
  /** Whether many records are likely to hold the same object. */
  readonly shared: boolean
  /** The value of `kind`, where it is a branch of a union. */
  tag: string | null
}

interface Owner {
  /** The name of a union that stands here. */
  readonly name: string
  readonly doc: string | null
}

export type NamedType = EnumType | RecordType
export type Model = ReadonlyMap<string, NamedType>

// biome-ignore lint/suspicious/noExplicitAny: a schema is JSON of many shapes
type Json = any

const PRIMITIVES: ReadonlySet<string> = new Set(["boolean", "int", "long", "double", "bytes", "string"])
/** Types of whole milliseconds and microseconds are plain numbers here. */
const LOGICAL: ReadonlySet<string> = new Set(["timestamp-millis", "timestamp-micros"])

const short = (name: string): string => name.slice(name.lastIndexOf(".") + 1)
/** `TRUST_STATES` of `TrustState`. */
const listOf = (name: string): string => `${name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase()}S`
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** Reads every file of `directory` but those of the stages' states, which are no records of a stream. */
export const readModel = (directory: URL): Model => {
  const types = new Map<string, NamedType>()
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".avsc") && !file.startsWith("state-"))
    .map((file) => file.slice(0, -".avsc".length))
    .sort()

  const define = (schema: Json, file: string): string => {
    const name = short(schema.name)
    const known = types.get(name)
    if (known !== undefined) throw new Error(`${file}.avsc and ${known.file}.avsc both define ${name}`)
    const common = { name, file, doc: schema.doc ?? null }
    if (schema.type === "enum") {
      // A symbol is written as one byte, by `Writer.tag`.
      if (schema.symbols.length > 64) throw new Error(`${file}.avsc: ${name} has over 64 symbols`)
      types.set(name, { ...common, kind: "enum", symbols: schema.symbols, list: schema.list ?? listOf(name) })
      return name
    }
    if (schema.type !== "record")
      throw new Error(`${file}.avsc: ${name} is a ${schema.type}, which no codec is made for`)
    const fields = schema.fields.map((field: Json) => ({
      name: field.name,
      doc: field.doc ?? null,
      shape: shapeOf(field.type, field.repeats === true, ownerOf(name, field), file),
    }))
    const { groups = [], codec = name, fixedId = false, shared = false } = schema
    types.set(name, { ...common, kind: "record", fields, groups, codec, fixedId, shared, tag: schema.kind ?? null })
    return name
  }

  const ownerOf = (record: string, field: Json): Owner => ({
    name: field.union?.name ?? record + capital(field.name),
    doc: field.union?.doc ?? null,
  })

  const unionOf = (branches: ReadonlyArray<Json>, repeats: boolean, owner: Owner, file: string): Shape => {
    if (branches.length === 2 && branches[0] === "null") {
      return { kind: "optional", of: shapeOf(branches[1], repeats, owner, file) }
    }
    const nullable = branches[0] === "null"
    const records = nullable ? branches.slice(1) : branches
    const isRecord = (branch: Json): boolean =>
      branch.type === "record" || (typeof branch === "string" && branch !== "null" && !PRIMITIVES.has(branch))
    if (!records.every(isRecord) || branches.length > 64) {
      throw new Error(`${file}.avsc: ${owner.name} is neither ["null", X] nor a union of records`)
    }
    const names = records.map((branch) => {
      // A record of a file of its own has its tag there.
      if (typeof branch === "string") return short(branch)
      const name = define(branch, file)
      const record = types.get(name) as RecordType
      record.tag ??= name.toLowerCase()
      return name
    })
    return { kind: "tagged", ...owner, nullable, branches: names }
  }

  const shapeOf = (schema: Json, repeats: boolean, owner: Owner, file: string): Shape => {
    if (Array.isArray(schema)) return unionOf(schema, repeats, owner, file)
    if (typeof schema === "string") {
      if (PRIMITIVES.has(schema)) return { kind: "primitive", name: schema as Primitive, repeats }
      return { kind: "named", name: short(schema) }
    }
    if (schema.logicalType !== undefined && !LOGICAL.has(schema.logicalType)) {
      throw new Error(`${file}.avsc: no codec is made for the logical type ${schema.logicalType}`)
    }
    if (schema.trustType !== undefined) return { kind: "word", name: schema.trustType }
    if (schema.type === "array") return { kind: "array", of: shapeOf(schema.items, repeats, owner, file) }
    if (schema.name !== undefined) return { kind: "named", name: define(schema, file) }
    if (PRIMITIVES.has(schema.type)) return shapeOf(schema.type, repeats, owner, file)
    throw new Error(`${file}.avsc: ${owner.name} is a ${JSON.stringify(schema.type)}, which no codec is made for`)
  }

  for (const file of files) define(JSON.parse(readFileSync(new URL(`${file}.avsc`, directory), "utf8")), file)
  for (const type of types.values()) {
    if (type.kind === "enum") continue
    for (const { shape } of type.fields) {
      for (const name of namesIn(shape)) {
        const named = types.get(name)
        if (named === undefined) throw new Error(`${type.file}.avsc: ${type.name} names ${name}, which no file defines`)
        // It takes no byte, and nothing would bound how many of it an array claims to hold.
        if (named.kind === "record" && named.tag === null && named.fields.length === 0) {
          throw new Error(`${named.file}.avsc: ${name} has no fields, which only a branch of a union may lack`)
        }
        if (shape.kind === "tagged" && (named.kind !== "record" || named.tag === null)) {
          throw new Error(`${type.file}.avsc: ${shape.name} has ${name}, which is no record with a kind`)
        }
      }
    }
  }
  return types
}

/** The records and enums that a shape names itself. */
export const namesIn = (shape: Shape): ReadonlyArray<string> => {
  switch (shape.kind) {
    case "primitive":
    case "word":
      return []
    case "named":
      return [shape.name]
    case "optional":
    case "array":
      return namesIn(shape.of)
    case "tagged":
      return shape.branches
  }
}

/** The unions of records that a record has. */
export const unionsIn = (type: NamedType): ReadonlyArray<Tagged> =>
  type.kind === "enum" ? [] : type.fields.flatMap(({ shape }) => (shape.kind === "tagged" ? [shape] : []))

/** Every type that the given ones consist of, themselves included. */
export const reachable = (model: Model, from: ReadonlyArray<string>): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    const type = model.get(name)!
    if (type.kind === "record") for (const { shape } of type.fields) for (const inner of namesIn(shape)) visit(inner)
  }
  for (const name of from) visit(name)
  return found
}
