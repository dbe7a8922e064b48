/**
 * Where the fields of a record lie.
 *
 *   version | head | tail 1 | tail 2 ...
 *
 * The head holds, in the order of the declaration, scalars, arrays, and for each list or value of variable size (its tail)
 * the count or length: u8 up to 255, u16 up to 65535, else u32. So there are no unused bytes, and a tail is found by the
 * counts before it. An item of a list is built in the same way, without a version.
 */

import { checkedName } from "./field-names.ts"
import type { ArrayOf, ListOf } from "./list.ts"
import { always, type Scalar } from "./scalar.ts"
import type { Variable } from "./variable.ts"

// biome-ignore lint/suspicious/noExplicitAny: the value's type is inferred from the kind
export type AnyScalar = Scalar<any>
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyVariable = Variable<any>
/** An item of fixed size: one kind, or several with names. */
export type FixedItem = AnyScalar | { readonly [name: string]: AnyScalar }
/** An item of a list of the record itself. */
export type Item = AnyScalar | { readonly [name: string]: AnyScalar | AnyVariable | ListOf<FixedItem> }
export interface RecordFields {
  readonly [name: string]: AnyScalar | AnyVariable | ArrayOf<FixedItem> | ListOf<Item>
}

export interface PlacedScalar {
  /** Empty where the items of a list are scalars themselves. */
  readonly name: string
  /** Offsets are those from the beginning of the group. */
  readonly at: number
  readonly scalar: AnyScalar
}

export interface PlacedArray {
  readonly name: string
  readonly at: number
  readonly max: number
  readonly item: Group
}

export interface Tail {
  readonly name: string
  /** Where its count or length lies, in a number of so many bytes. */
  readonly countAt: number
  readonly countBytes: 1 | 2 | 4
  /** Most items, or most bytes of a value. */
  readonly max: number
  /** Bytes for each item, or 1 for a value's length; null where items differ in size. */
  readonly unit: number | null
  readonly variable: AnyVariable | null
  readonly item: Group | null
}

/** A record, or an item of a list. */
export interface Group {
  readonly headBytes: number
  readonly maxBytes: number
  readonly scalars: ReadonlyArray<PlacedScalar>
  /** Those of which not all bytes are values. */
  readonly doubtful: ReadonlyArray<PlacedScalar>
  readonly arrays: ReadonlyArray<PlacedArray>
  readonly tails: ReadonlyArray<Tail>
}

type Kind = RecordFields[string] | ListOf<FixedItem>

export const isScalar = (kind: object): kind is AnyScalar => "valid" in kind
export const isVariable = (kind: object): kind is AnyVariable => "fault" in kind

const countBytes = (max: number): 1 | 2 | 4 => (max <= 0xff ? 1 : max <= 0xffff ? 2 : 4)

const isDoubtful = ({ scalar }: PlacedScalar): boolean => scalar.valid !== always

const placeItem = (item: Item | FixedItem): Group => {
  if (!isScalar(item)) return place(item, 0)
  const scalars = [{ name: "", at: 0, scalar: item }]
  return {
    headBytes: item.size,
    maxBytes: item.size,
    scalars,
    doubtful: scalars.filter(isDoubtful),
    arrays: [],
    tails: [],
  }
}

/** @param first where the head begins */
const place = (fields: { readonly [name: string]: Kind }, first: number): Group => {
  const scalars: Array<PlacedScalar> = []
  const arrays: Array<PlacedArray> = []
  const tails: Array<Tail> = []
  let at = first
  let room = 0
  for (const [name, kind] of Object.entries(fields)) {
    checkedName(name)
    if (isScalar(kind)) {
      scalars.push({ name, at, scalar: kind })
      at += kind.size
      continue
    }
    const isValue = isVariable(kind)
    const item = isValue ? null : placeItem(kind.item)
    if (!isValue && kind.repeats === "array") {
      arrays.push({ name, at, max: kind.max, item: item! })
      at += kind.max * item!.headBytes
      continue
    }
    const max = isValue ? kind.maxBytes : kind.max
    const unit = item === null ? 1 : item.tails.length === 0 ? item.headBytes : null
    room += max * (item?.maxBytes ?? 1)
    tails.push({ name, countAt: at, countBytes: countBytes(max), max, unit, variable: isValue ? kind : null, item })
    at += countBytes(max)
  }
  return { headBytes: at, maxBytes: at + room, scalars, doubtful: scalars.filter(isDoubtful), arrays, tails }
}

/** Of a record, whose first byte is its version. */
export const placeRecord = (fields: RecordFields): Group => place(fields, 1)

/** Bytes beside a draft that one change may take: a value of variable size twice, or an item. */
export const roomToChange = ({ tails }: Group): number =>
  Math.max(
    0,
    ...tails.map(({ variable, item }) =>
      item === null ? 2 * variable!.maxBytes : Math.max(item.headBytes, roomToChange(item)),
    ),
  )

/** Whether a value must be written to some field of it. */
export const hasRequired = ({ tails }: Group): boolean =>
  tails.some(({ variable, item }) => (item === null ? variable!.required : hasRequired(item)))
