/** The types that follow from the fields of a record. */
import type { RecordFields } from "./field-places.ts"
import type { ArrayOf, ListOf } from "./list.ts"
import type { Scalar } from "./scalar.ts"
import type { Variable } from "./variable.ts"

/** One kind, where the value is written as a whole. */
type Whole<T> = Scalar<T> | Variable<T>

export type ItemReader<Of> =
  Of extends Whole<infer T>
    ? T
    : { readonly [Name in keyof Of]: Of[Name] extends ListOf<infer Inner> ? Items<Inner> : ValueOf<Of[Name]> }
type ItemDraft<Of> =
  Of extends Whole<infer T>
    ? T
    : { -readonly [Name in keyof WholesOf<Of>]: ValueOf<Of[Name & keyof Of]> } & {
        readonly [Name in keyof Omit<Of, keyof WholesOf<Of>>]: Of[Name] extends ListOf<infer Inner>
          ? ListDraft<Inner>
          : never
      }
type ValueOf<Kind> = Kind extends Whole<infer T> ? T : never
type WholesOf<Fields> = { [Name in keyof Fields as Fields[Name] extends Whole<unknown> ? Name : never]: Fields[Name] }

/** Items read in place, in their order. */
export interface Items<Of> extends Iterable<ItemReader<Of>> {
  readonly length: number
  /**
   * A value, or accessors that hold as long as the record does. Where items differ in size it passes over those before.
   * @throws RangeError outside of 0 to length - 1
   */
  at(index: number): ItemReader<Of>
}
/** Items changed in place. */
export interface ArrayDraft<Of> extends Iterable<ItemDraft<Of>> {
  readonly length: number
  at(index: number): ItemDraft<Of>
  /** Only where an item is one kind. */
  set(index: number, value: ItemReader<Of>): void
}
export interface ListDraft<Of> extends ArrayDraft<Of> {
  /**
   * Adds an item before that at `index`, and returns it. Accessors of items behind it mean others from then on.
   * @param value where an item is one kind; the initial one if left out
   * @throws RangeError where the list is full
   */
  insert(index: number, ...value: Of extends Scalar<infer T> ? [value?: T] : []): ItemDraft<Of>
  /** Adds an item at the end. */
  push(...value: Of extends Scalar<infer T> ? [value?: T] : []): ItemDraft<Of>
  remove(index: number): void
  clear(): void
}

/** The accessors of a state. */
export type ReaderOf<Fields extends RecordFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends ListOf<infer Of> | ArrayOf<infer Of>
    ? Items<Of>
    : ValueOf<Fields[Name]>
}
/** The accessors of a record that is being changed. It can be read as well. */
export type DraftOf<Fields extends RecordFields> = {
  -readonly [Name in keyof WholesOf<Fields>]: ValueOf<Fields[Name & keyof Fields]>
} & {
  readonly [Name in keyof Omit<Fields, keyof WholesOf<Fields>>]: Fields[Name] extends ListOf<infer Of>
    ? ListDraft<Of>
    : Fields[Name] extends ArrayOf<infer Of>
      ? ArrayDraft<Of>
      : never
}

/**
 * A state: the accessors, and its bytes, one to a character; null where they lie elsewhere. One that was sealed or decoded
 * never changes.
 */
export type Sealed<Fields extends RecordFields> = ReaderOf<Fields> & { readonly sealed: string | null }

/** The state of a layout. */
export type StateOf<Layout> = Layout extends { decode(bytes: Uint8Array): infer State } ? State : never

export interface RecordLayout<Fields extends RecordFields> {
  readonly name: string
  readonly version: number
  /** Those whose states it reads: its own, and by `former` those before. */
  readonly versions: ReadonlyArray<number>
  readonly fields: Fields
  readonly minBytes: number
  readonly maxBytes: number
  /** How many bytes a state takes. */
  sizeOf(state: Sealed<Fields>): number
  /** Writes a state's bytes, from `at` on. */
  write(state: Sealed<Fields>, to: Buffer, at: number): void
  /** A copy of the state's bytes. */
  encode(state: Sealed<Fields>): Uint8Array
  /** @throws DamagedState for bytes that no state of the versions has that it reads */
  decode(bytes: Uint8Array): Sealed<Fields>
  /** A state over bytes that are one of this version, read where they lie: it holds as long as they do not change. */
  view(bytes: Buffer, at: number, size: number): Sealed<Fields>
  /** As `view`, of bytes that may be none; one of a version before is brought over, and has bytes of its own. @throws DamagedState */
  checkedView(bytes: Buffer, at: number, size: number): Sealed<Fields>
  /** A record to change: a copy of `from`, or one with the initial values. It must be sealed or discarded. */
  draft(from?: Sealed<Fields>): DraftOf<Fields>
  /**
   * The state that the draft has become. The draft and all that was taken from it end here: using them throws.
   * @throws RangeError where an interned field was never set
   */
  seal(draft: DraftOf<Fields>): Sealed<Fields>
  /** Ends a draft that nobody needs. */
  discard(draft: DraftOf<Fields>): void
}
