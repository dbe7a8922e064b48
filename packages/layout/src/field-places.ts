/**
 * Where the fields of a record lie.
 *
 *   open     version | head | list 1, room for all its items | list 2 ...
 *   sealed   version | head | list 1, the items that there are | list 2 ...
 *
 * The head holds, in the order of the declaration, scalars, arrays, and the count of each list (u8 up to 255 items,
 * else u16). So every field of an open record has one fixed offset, and a sealed one has no unused bytes.
 */

import { checkedName } from "./field-names.ts"
import type { ArrayOf, ListOf } from "./list.ts"
import type { Scalar } from "./scalar.ts"

// biome-ignore lint/suspicious/noExplicitAny: the value's type is inferred from the kind
export type AnyScalar = Scalar<any>
export type ItemFields = AnyScalar | { readonly [name: string]: AnyScalar }
export interface RecordFields {
  readonly [name: string]: AnyScalar | ArrayOf<ItemFields> | ListOf<ItemFields>
}

export interface PlacedScalar {
  /** Empty where the items of a list are scalars themselves. */
  readonly name: string
  readonly at: number
  readonly scalar: AnyScalar
}

export interface PlacedItems {
  readonly name: string
  /** Where the items begin in an open record. */
  readonly at: number
  readonly itemBytes: number
  readonly max: number
  /** Where the count lies; null for an array. */
  readonly countAt: number | null
  readonly item: ReadonlyArray<PlacedScalar>
}

export interface Placed {
  readonly headBytes: number
  readonly openBytes: number
  readonly scalars: ReadonlyArray<PlacedScalar>
  readonly items: ReadonlyArray<PlacedItems>
}

export const isScalar = (kind: object): kind is AnyScalar => "valid" in kind

const placeItem = (item: ItemFields): { readonly scalars: Array<PlacedScalar>; readonly size: number } => {
  if (isScalar(item)) return { scalars: [{ name: "", at: 0, scalar: item }], size: item.size }
  let size = 0
  const scalars = Object.entries(item).map(([name, scalar]) => {
    const at = size
    size += scalar.size
    return { name: checkedName(name), at, scalar }
  })
  return { scalars, size }
}

export const countBytes = (max: number): 1 | 2 => (max <= 0xff ? 1 : 2)

export const place = (fields: RecordFields): Placed => {
  const scalars: Array<PlacedScalar> = []
  const items: Array<PlacedItems> = []
  let head = 1
  for (const [name, kind] of Object.entries(fields)) {
    checkedName(name)
    if (isScalar(kind)) {
      scalars.push({ name, at: head, scalar: kind })
      head += kind.size
      continue
    }
    const { scalars: item, size } = placeItem(kind.item)
    const isList = kind.repeats === "list"
    items.push({ name, at: isList ? -1 : head, itemBytes: size, max: kind.max, countAt: isList ? head : null, item })
    head += isList ? countBytes(kind.max) : size * kind.max
  }
  let end = head
  const placed = items.map((one) => {
    if (one.countAt === null) return one
    const at = end
    end += one.itemBytes * one.max
    return { ...one, at }
  })
  return { headBytes: head, openBytes: end, scalars, items: placed }
}
