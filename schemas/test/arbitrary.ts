/** Arbitrary values of an Avro schema, in the shape that avsc takes with `wrapUnions: "auto"`. */
import type { Arbitrary } from "fast-check"
import fc from "fast-check"

// biome-ignore lint/suspicious/noExplicitAny: a schema is JSON of many shapes
type Schema = any

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 90 }),
  fc.constantFrom("", "Cel", "https://plant.example/historian", "é".repeat(40), "x".repeat(9000)),
)
const long = fc.oneof(
  fc.integer(),
  // As far as avsc, against which the codecs are held, goes.
  fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  fc.constantFrom(0, 63, 64, -64, -65, 2 ** 31 - 1, 2 ** 31, 2 ** 32, -(2 ** 31), -(2 ** 31) - 1),
)
const PRIMITIVES: Readonly<Record<string, Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  long,
  double: fc.double({ noNaN: true }),
  bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  string: text,
}

const short = (name: string): string => name.slice(name.lastIndexOf(".") + 1)

export const arbitraryOf = (schema: Schema): Arbitrary<unknown> => {
  const named = new Map<string, Arbitrary<unknown>>()
  const of = (s: Schema): Arbitrary<unknown> => {
    if (typeof s === "string") return PRIMITIVES[s] ?? (named.get(short(s)) as Arbitrary<unknown>)
    if (Array.isArray(s)) {
      // Where more than one branch is a record, avsc tells them by name.
      const wrap = s.filter((branch) => branch.type === "record").length > 1
      return fc.oneof(
        ...s.map((branch) =>
          wrap && branch.type === "record"
            ? of(branch).map((value) => ({ [`assay.v1.${branch.name}`]: value }))
            : of(branch),
        ),
      )
    }
    if (s.type === "array") return fc.array(of(s.items), { maxLength: 3 })
    if (s.type === "map")
      return fc.dictionary(fc.string({ maxLength: 20 }), of(s.values), { maxKeys: 3, noNullPrototype: true })
    if (s.type === "fixed") {
      const bytes = fc.uint8Array({ minLength: s.size, maxLength: s.size }).map((value) => Buffer.from(value))
      named.set(short(s.name), bytes)
      return bytes
    }
    if (s.type === "enum") {
      const symbol = fc.constantFrom(...s.symbols)
      named.set(short(s.name), symbol)
      return symbol
    }
    if (s.type === "record") {
      const fields: Record<string, Arbitrary<unknown>> = {}
      for (const field of s.fields) fields[field.name] = of(field.type)
      const record = fc.record(fields, { noNullPrototype: true })
      named.set(short(s.name), record)
      return record
    }
    return of(s.type)
  }
  return of(schema)
}
