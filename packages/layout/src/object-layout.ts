/**
 * A layout whose states are plain readonly objects in memory, and bytes when they are stored:
 *
 *   u8 version | the fields in the order of the declaration
 */

import { Sink, Source } from "./byte-stream.ts"
import { DamagedState, outOfRange } from "./errors.ts"
import { asField, type Field, isScalar, lengthBytes } from "./field.ts"
import { checkedName } from "./field-names.ts"
import type { ListOf } from "./list.ts"
import type { Scalar } from "./scalar.ts"

// biome-ignore lint/suspicious/noExplicitAny: the value's type is inferred from the kind
type Kind = Scalar<any> | Field<any> | ListOf<any>
export interface ValueFields {
  readonly [name: string]: Kind
}

/** The value behind a kind, or behind an object of named kinds. */
export type ValueOf<K> =
  K extends ListOf<infer Item>
    ? ReadonlyArray<ValueOf<Item>>
    : K extends Scalar<infer T>
      ? T
      : K extends Field<infer T>
        ? T
        : { readonly [Name in keyof K]: ValueOf<K[Name]> }

export interface ValueLayout<State> {
  readonly name: string
  readonly version: number
  /** Most bytes of a state. */
  readonly maxBytes: number
  /** @throws RangeError for a value that its field cannot hold */
  encode(state: State): Uint8Array
  /** @throws DamagedState for bytes that no state of this version has */
  decode(bytes: Uint8Array): State
}

/** The state of a layout of either form. */
export type StateOf<L> = L extends { decode(bytes: Uint8Array): infer State } ? State : never

export const valueLayout = <const Fields extends ValueFields>(declared: {
  readonly name: string
  /** 1 to 255; raised with every change of the fields. */
  readonly version: number
  readonly fields: Fields
}): ValueLayout<ValueOf<Fields>> => {
  const { name, version } = declared
  const body = fieldOf(declared.fields) as Field<ValueOf<Fields>>
  const sink = new Sink()
  return {
    name,
    version,
    maxBytes: 1 + body.maxBytes,
    encode: (state) => {
      sink.at = 0
      sink.bytes[sink.room(1)] = version
      body.write(sink, state)
      return sink.taken()
    },
    decode: (bytes) => {
      if (bytes[0] !== version)
        throw new DamagedState(name, "version", `version ${bytes[0]}, where only ${version} is known`)
      const source = new Source(name, bytes)
      source.take(1)
      const state = body.read(source)
      source.end()
      return state
    },
  }
}

const isList = (kind: object): kind is ListOf<ValueFields> => "repeats" in kind
const isField = (kind: object): kind is Field<unknown> => "maxBytes" in kind

const fieldOf = (kind: object): Field<unknown> => {
  if (isList(kind)) return ofList(kind) as Field<unknown>
  if (isScalar(kind) || isField(kind)) return asField(kind)
  return ofObject(kind as ValueFields) as Field<unknown>
}

/**
 * The source is put together from the names: so V8 sees plain reads of plain objects, all of one shape. Asking for each
 * member by a variable took a third longer.
 */
const ofObject = (fields: ValueFields): Field<unknown> => {
  const names = Object.keys(fields).map(checkedName)
  const kinds = names.map((name) => fieldOf(fields[name]!))
  const source = `"use strict"
const ${names.map((_, i) => `k${i} = kinds[${i}]`).join(", ")}
return {
  write(to, value) { ${names.map((name, i) => `k${i}.write(to, value.${name})`).join("; ")} },
  read(from) { return { ${names.map((name, i) => `${name}: k${i}.read(from)`).join(", ")} } },
}`
  const maxBytes = kinds.reduce((sum, kind) => sum + kind.maxBytes, 0)
  return { maxBytes, ...new Function("kinds", source)(kinds) }
}

const ofList = ({ item, max }: ListOf<object>): Field<ReadonlyArray<unknown>> => {
  const each = fieldOf(item)
  return {
    maxBytes: lengthBytes(max) + max * each.maxBytes,
    write: (to, items) => {
      if (items.length > max) throw outOfRange(`at most ${max} items`, `${items.length} items`)
      to.length(items.length, max)
      for (const one of items) each.write(to, one)
    },
    read: (from) => {
      const items: Array<unknown> = []
      for (let left = from.length(max); left > 0; left--) items.push(each.read(from))
      return items
    },
  }
}

/**
 * Encodes each object once and keeps the bytes for as long as the object lives: for a part that stays the same object
 * while the rest of its state changes. The object must never change.
 */
export const encodedOnce = <const K extends object>(kind: K): Field<ValueOf<K>> => {
  const field = fieldOf(kind) as Field<object>
  const known = new WeakMap<object, Uint8Array>()
  return {
    maxBytes: field.maxBytes,
    write: (to, value) => {
      const object = value as object
      const bytes = known.get(object)
      if (bytes !== undefined) return to.put(bytes)
      const start = to.at
      field.write(to, object)
      known.set(object, to.since(start))
    },
    read: (from) => field.read(from) as ValueOf<K>,
  }
}
