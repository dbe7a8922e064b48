/** Repeated items. In a value they are a plain array; in a record they are read and written in place. */

/** A list of at most `max` items, with its length before it: u8 up to 255, else u16. */
export interface ListOf<Item> {
  readonly repeats: "list"
  readonly item: Item
  readonly max: number
}

/** Always `length` items. */
export interface ArrayOf<Item> {
  readonly repeats: "array"
  readonly item: Item
  readonly max: number
}

const counted = (count: number): number => {
  if (!Number.isInteger(count) || count < 1 || count > 0xffff) throw new TypeError(`${count} is not 1 to 65535`)
  return count
}

/** @param item one kind, or an object of named kinds */
export const list = <const Item>(item: Item, max: number): ListOf<Item> => ({
  repeats: "list",
  item,
  max: counted(max),
})

/** @param item one kind, or an object of named kinds */
export const array = <const Item>(item: Item, length: number): ArrayOf<Item> => ({
  repeats: "array",
  item,
  max: counted(length),
})
