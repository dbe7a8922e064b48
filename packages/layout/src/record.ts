/**
 * A layout whose states are bytes in memory too, behind accessors with the names of the fields. `field-places.ts` says where
 * each field lies.
 *
 * A sealed state keeps its bytes as a string of one-byte characters: immutable by nature, on V8's own heap, and nothing
 * for the collector to look into. Reading a field copies the bytes into the layout's one open record, unless they are
 * there already, and decodes that field alone. A draft is an open record of its own. Drafts are taken from a pool and go
 * back to it when they are sealed or discarded, so that a change costs no memory but the new string.
 */
import { type Accessors, accessorsOf, type Open } from "./accessors.ts"
import { DamagedState } from "./errors.ts"
import { type ItemFields, type PlacedItems, place, type RecordFields } from "./field-places.ts"
import type { ArrayOf, ListOf } from "./list.ts"
import type { Scalar } from "./scalar.ts"

export type { RecordFields } from "./field-places.ts"

type ItemReader<Item> =
  Item extends Scalar<infer T> ? T : { readonly [Name in keyof Item]: Item[Name] extends Scalar<infer T> ? T : never }
type ItemDraft<Item> =
  Item extends Scalar<infer T> ? T : { -readonly [Name in keyof Item]: Item[Name] extends Scalar<infer T> ? T : never }

/** Items read in place. `at` returns a value, or accessors that hold as long as the record does. */
export interface Items<Item> {
  readonly length: number
  /** @throws RangeError outside of 0 to length - 1 */
  at(index: number): ItemReader<Item>
}
/** Items changed in place. */
export interface ArrayDraft<Item> {
  readonly length: number
  at(index: number): ItemDraft<Item>
  /** Only where an item is one kind. */
  set(index: number, value: ItemReader<Item>): void
}
export interface ListDraft<Item> extends ArrayDraft<Item> {
  /** Adds an item with its initial values, and returns it. @throws RangeError where the list is full */
  push(): ItemDraft<Item>
  removeFirst(): void
  clear(): void
}

/** The accessors of a state. */
export type ReaderOf<Fields extends RecordFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends ListOf<infer Item> | ArrayOf<infer Item>
    ? Items<Item>
    : Fields[Name] extends Scalar<infer T>
      ? T
      : never
}
/** The accessors of a record that is being changed. It can be read as well. */
export type DraftOf<Fields extends RecordFields> = {
  -readonly [Name in keyof ScalarsOf<Fields>]: ScalarsOf<Fields>[Name] extends Scalar<infer T> ? T : never
} & {
  readonly [Name in keyof Omit<Fields, keyof ScalarsOf<Fields>>]: Fields[Name] extends ListOf<infer Item>
    ? ListDraft<Item>
    : Fields[Name] extends ArrayOf<infer Item>
      ? ArrayDraft<Item>
      : never
}
type ScalarsOf<Fields> = { [Name in keyof Fields as Fields[Name] extends Scalar<unknown> ? Name : never]: Fields[Name] }

/** A state: the accessors, and its bytes, one to a character. Never changes. */
export type Sealed<Fields extends RecordFields> = ReaderOf<Fields> & { readonly sealed: string }

export interface RecordLayout<Fields extends RecordFields> {
  readonly name: string
  readonly version: number
  readonly minBytes: number
  readonly maxBytes: number
  /** A copy of the state's bytes. */
  encode(state: Sealed<Fields>): Uint8Array
  /** @throws DamagedState for bytes that no state of this version has */
  decode(bytes: Uint8Array): Sealed<Fields>
  /** A record to change: a copy of `from`, or one with the initial values. It must be sealed or discarded. */
  draft(from?: Sealed<Fields>): DraftOf<Fields>
  /** The state that the draft has become. The draft and all that was taken from it end here: using them throws. */
  seal(draft: DraftOf<Fields>): Sealed<Fields>
  /** Ends a draft that nobody needs. */
  discard(draft: DraftOf<Fields>): void
}

const newOpen = (size: number): Open => {
  const bytes = Buffer.alloc(size)
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size) }
}

export const recordLayout = <const Fields extends RecordFields>(declared: {
  readonly name: string
  /** 1 to 255; raised with every change of the fields. */
  readonly version: number
  readonly fields: Fields
}): RecordLayout<Fields> => {
  const { name, version } = declared
  const placed = place(declared.fields)
  const { headBytes, openBytes } = placed
  const lists = placed.items.filter((one) => one.countAt !== null)
  const countIn = ({ bytes }: Open, { countAt, max }: PlacedItems): number =>
    max <= 0xff ? bytes[countAt!]! : bytes.readUInt16LE(countAt!)

  /** Moves the lists of sealed bytes to their fixed places, the last one first. */
  const spread = (open: Open): void => {
    let end = headBytes
    for (const one of lists) end += countIn(open, one) * one.itemBytes
    for (let i = lists.length - 1; i >= 0; i--) {
      const size = countIn(open, lists[i]!) * lists[i]!.itemBytes
      end -= size
      if (size > 0 && end !== lists[i]!.at) open.bytes.copyWithin(lists[i]!.at, end, end + size)
    }
  }
  /** The other way round; returns how many bytes there are. */
  const compact = (open: Open): number => {
    let end = headBytes
    for (const one of lists) {
      const size = countIn(open, one) * one.itemBytes
      if (size > 0 && end !== one.at) open.bytes.copyWithin(end, one.at, one.at + size)
      end += size
    }
    return end
  }
  const load = (sealed: string, open: Open): void => {
    open.bytes.write(sealed, "latin1")
    if (lists.length > 0) spread(open)
  }

  const shown: { state: unknown } = { state: null }
  const reading = newOpen(openBytes)
  const show = (state: { readonly sealed: string }): void => {
    load(state.sealed, reading)
    shown.state = state
  }
  const made: Accessors = accessorsOf(placed, shown, show, reading)

  const blank = newOpen(openBytes)
  blank.bytes[0] = version
  for (const { at, scalar } of placed.scalars) scalar.write(blank.view, blank.bytes, at, scalar.initial)
  for (const { at, itemBytes, max, countAt, item } of placed.items) {
    if (countAt !== null) continue
    for (let i = 0; i < max; i++)
      for (const part of item)
        part.scalar.write(blank.view, blank.bytes, at + i * itemBytes + part.at, part.scalar.initial)
  }

  const pool: Array<Open> = []
  const retire = (draft: Open): void => {
    pool.push({ bytes: draft.bytes, view: draft.view })
    made.retire(draft)
  }
  const inUse = (draft: unknown): Open => {
    const open = draft as Open
    if (open.bytes.length !== openBytes) throw new TypeError("a draft that was sealed or discarded before")
    return open
  }

  const damaged = (fault: DamagedState["fault"], detail: string): DamagedState => new DamagedState(name, fault, detail)
  const check = (bytes: Buffer): void => {
    if (bytes[0] !== version) throw damaged("version", `version ${bytes[0]}, where only ${version} is known`)
    if (bytes.length < headBytes)
      throw damaged("truncated", `cut off at ${bytes.length} bytes, where the head takes ${headBytes}`)
    const open = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
    let end = headBytes
    for (const one of lists) {
      const count = countIn(open, one)
      if (count > one.max) throw damaged("oversize", `${count} ${one.name}, where ${one.max} is the most`)
      end += count * one.itemBytes
    }
    if (bytes.length < end) throw damaged("truncated", `cut off at ${bytes.length} bytes of ${end}`)
    if (bytes.length > end) throw damaged("oversize", `${bytes.length} bytes, of which it takes ${end}`)
    const valid = (at: number, { name: field, scalar }: { name: string; scalar: Scalar<unknown> }): void => {
      if (!scalar.valid(open.view, bytes, at)) throw damaged("value", `bytes of ${field} at ${at} that no value has`)
    }
    for (const scalar of placed.scalars) valid(scalar.at, scalar)
    let listAt = headBytes
    for (const one of placed.items) {
      const count = one.countAt === null ? one.max : countIn(open, one)
      const start = one.countAt === null ? one.at : listAt
      for (let i = 0; i < count; i++)
        for (const part of one.item) valid(start + i * one.itemBytes + part.at, { ...part, name: one.name })
      if (one.countAt !== null) listAt += count * one.itemBytes
    }
  }

  type State = Sealed<Fields>
  type Draft = DraftOf<Fields>
  return {
    name,
    version,
    minBytes: headBytes,
    maxBytes: openBytes,
    encode: ({ sealed }) => Buffer.from(sealed, "latin1"),
    decode: (stored) => {
      const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
      check(bytes)
      return made.state(bytes.toString("latin1")) as State
    },
    draft: (from) => {
      const open = pool.pop() ?? newOpen(openBytes)
      if (from === undefined) open.bytes.set(blank.bytes.subarray(0, headBytes))
      else load(from.sealed, open)
      return made.draft(open) as unknown as Draft
    },
    seal: (draft) => {
      const open = inUse(draft)
      const state = made.state(open.bytes.toString("latin1", 0, compact(open))) as State
      retire(open)
      return state
    },
    discard: (draft) => retire(inUse(draft)),
  }
}

export type { ItemFields }
