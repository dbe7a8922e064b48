/** What CBOR holds, as far as it is read here. */

/**
 * A number is an integer within 2^53 - 1, a finite float, or a decimal fraction (tag 4) as the double next to it. Bytes are
 * views of what was read.
 */
export type Cbor = null | boolean | number | string | Uint8Array | ReadonlyArray<Cbor> | CborMap
export type CborKey = number | string
export interface CborMap extends ReadonlyMap<CborKey, Cbor> {}

/** A float that is written as one though its value is whole: `21.0`, which a sensor may mean. For writing alone. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** Major types (RFC 8949 section 3.1). */
export const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const

/** The first byte of a simple value or float (RFC 8949 section 3.3). */
export const SIMPLE = { false: 0xf4, true: 0xf5, null: 0xf6, half: 0xf9, single: 0xfa, double: 0xfb } as const

/** `[exponent, mantissa]`, base 10 (RFC 8949 section 3.4.4). */
export const DECIMAL_FRACTION = 0xc4

export const isBytes = (value: Cbor | undefined): value is Uint8Array => value instanceof Uint8Array
export const isMap = (value: Cbor | undefined): value is CborMap => value instanceof Map
export const isArray = (value: Cbor | undefined): value is ReadonlyArray<Cbor> => Array.isArray(value)

/** A value with a tag that is not looked at here. */
export class Tagged {
  readonly tag: number
  readonly value: TaggedCbor

  constructor(tag: number, value: TaggedCbor) {
    this.tag = tag
    this.value = value
  }
}

/** As `Cbor`, where tags are kept (`decodeTagged`). */
export type TaggedCbor =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Tagged
  | ReadonlyArray<TaggedCbor>
  | ReadonlyMap<CborKey, TaggedCbor>
