/**
 * Walks a record of any Avro schema without building anything, to know that it is whole before avsc reads it: avsc trusts
 * the counts of arrays and maps, and a forged one makes it fill the memory. Here every item has to be paid for by a byte.
 */
import type { Type, types } from "avsc"
import { WireError } from "../wire/error.ts"

/** Levels of records in each other. Our own schemas have 4; a recursive one could have as many as the record has bytes. */
const MAX_DEPTH = 64

const truncated = (): never => {
  throw new WireError("truncated", "the record ends before its body does")
}
const malformed = (what: string): never => {
  throw new WireError("not-wire-format", what)
}

/** Where the walk stands. */
class Cursor {
  depth = 0
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  skip(count: number): void {
    if (count > this.bytes.length - this.at) truncated()
    this.at += count
  }

  long(): number {
    let byte = this.bytes[this.at++] ?? truncated()
    const negative = (byte & 1) === 1
    let value = (byte & 0x7f) >>> 1
    for (let scale = 64; byte > 0x7f; scale *= 128) {
      byte = this.bytes[this.at++] ?? truncated()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 62) malformed("not a safe integer")
    }
    return negative ? -value - 1 : value
  }

  length(): void {
    const length = this.long()
    if (length < 0) malformed("a negative length")
    this.skip(length)
  }

  blocks(item: Walk): void {
    for (let count = this.long(); count !== 0; count = this.long()) {
      if (count < 0) {
        count = -count
        this.long()
      }
      if (count > this.bytes.length - this.at) truncated()
      for (let i = 0; i < count; i++) item(this)
    }
  }
}

type Walk = (cursor: Cursor) => void

const long: Walk = (cursor) => {
  cursor.long()
}
const fixed =
  (size: number): Walk =>
  (cursor) =>
    cursor.skip(size)
const text: Walk = (cursor) => cursor.length()

const index = (cursor: Cursor, count: number): number => {
  const value = cursor.long()
  if (value < 0 || value >= count) malformed("no such branch or symbol")
  return value
}

const walkOf = (type: Type, known: Map<Type, Walk>): Walk => {
  const before = known.get(type)
  if (before !== undefined) return before
  // Stands for the type while its own members are looked at, which may name it again.
  let inner: Walk = long
  known.set(type, (cursor) => inner(cursor))
  inner = make(type, known)
  return inner
}

const make = (type: Type, known: Map<Type, Walk>): Walk => {
  switch (type.typeName) {
    case "null":
      return fixed(0)
    case "boolean":
      return fixed(1)
    case "float":
      return fixed(4)
    case "double":
      return fixed(8)
    case "bytes":
    case "string":
      return text
    case "fixed":
      return fixed((type as types.FixedType).size)
    case "enum": {
      const { length } = (type as types.EnumType).symbols
      return (cursor) => void index(cursor, length)
    }
    case "array": {
      const item = walkOf((type as types.ArrayType).itemsType, known)
      return (cursor) => cursor.blocks(item)
    }
    case "map": {
      const value = walkOf((type as types.MapType).valuesType, known)
      return (cursor) =>
        cursor.blocks((at) => {
          at.length()
          value(at)
        })
    }
    case "union:wrapped":
    case "union:unwrapped": {
      const branches = (type as types.UnwrappedUnionType).types.map((branch) => walkOf(branch, known))
      return (cursor) => branches[index(cursor, branches.length)]!(cursor)
    }
    case "record":
    case "error": {
      const fields = (type as types.RecordType).fields.map((field) => walkOf(field.type, known))
      return (cursor) => {
        if (++cursor.depth > MAX_DEPTH) malformed(`records more than ${MAX_DEPTH} levels deep`)
        for (const field of fields) field(cursor)
        cursor.depth--
      }
    }
    case "int":
    case "long":
    case "abstract:long":
      return long
    default: {
      const { underlyingType } = type as unknown as types.LogicalType
      return underlyingType === undefined ? malformed(`the type ${type.typeName}`) : walkOf(underlyingType, known)
    }
  }
}

/**
 * A check of records of the schema: that the body, which begins at `from`, ends where the record does, with every count
 * and length in it true.
 * @throws WireError (the check)
 */
export const wholenessOf = (writer: Type): ((record: Uint8Array, from: number) => void) => {
  const walk = walkOf(writer, new Map())
  return (record, from) => {
    const cursor = new Cursor(record, from)
    walk(cursor)
    if (cursor.at !== record.length) malformed("bytes after the body")
  }
}
