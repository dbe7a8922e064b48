/** DER (X.690), as far as certificates need it: definite lengths in their shortest form, tags of one byte, bounded depth. */
import { MalformedError } from "../malformed.ts"

export class DerError extends MalformedError {}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

export interface Element {
  readonly tag: number
  /** What is inside. */
  readonly body: Uint8Array
  /** With tag and length. */
  readonly whole: Uint8Array
}

/** Walks the elements that stand beside each other in some bytes. Its methods throw DerError. */
export class DerReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The tag of what comes next; -1 at the end. */
  get tag(): number {
    return this.#bytes[this.#at] ?? -1
  }

  #length(): number {
    const first = this.#bytes[this.#at++]
    if (first === undefined) throw new DerError("the bytes end before a length")
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count === 0 || count > 3) throw new DerError("a length that is indefinite or too long")
    let length = 0
    for (let n = 0; n < count; n++) length = length * 256 + (this.#bytes[this.#at++] ?? Number.NaN)
    if (!(length >= 0x80 && length >= 256 ** (count - 1)))
      throw new DerError("a length that is not in its shortest form")
    return length
  }

  next(tag?: number): Element {
    const start = this.#at
    const found = this.#bytes[this.#at++]
    if (found === undefined) throw new DerError("the bytes end where an element should be")
    if ((found & 0x1f) === 0x1f) throw new DerError("a tag of more than one byte")
    if (tag !== undefined && found !== tag) throw new DerError(`the tag ${found} where ${tag} should be`)
    const length = this.#length()
    if (length > this.#bytes.length - this.#at) throw new DerError("an element that goes on behind the end")
    this.#at += length
    return {
      tag: found,
      body: this.#bytes.subarray(this.#at - length, this.#at),
      whole: this.#bytes.subarray(start, this.#at),
    }
  }

  /** The next element where it has this tag, else null. */
  optional(tag: number): Element | null {
    return this.tag === tag ? this.next() : null
  }

  inside(tag: number): DerReader {
    return new DerReader(this.next(tag).body)
  }

  end(): void {
    if (!this.isAtEnd) throw new DerError(`${this.#bytes.length - this.#at} bytes too many`)
  }
}

/** Dotted, of the body of an OBJECT IDENTIFIER. @throws DerError */
export const oidOf = (body: Uint8Array): string => {
  const arcs: Array<number> = []
  let value = 0
  for (const [at, byte] of body.entries()) {
    if (value === 0 && byte === 0x80) throw new DerError("an object identifier with a leading zero")
    value = value * 128 + (byte & 0x7f)
    if (value > 2 ** 40) throw new DerError("an object identifier with an arc that is too large")
    if (byte >= 0x80) {
      if (at === body.length - 1) throw new DerError("an object identifier that ends within an arc")
      continue
    }
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)))
    else arcs.push(value)
    value = 0
  }
  if (arcs.length === 0) throw new DerError("an empty object identifier")
  return arcs.join(".")
}

/** A small INTEGER that is not negative. @throws DerError */
export const smallOf = (body: Uint8Array): number => {
  if (body.length === 0 || body.length > 6 || body[0]! > 0x7f)
    throw new DerError("a number that is negative or too large")
  if (body.length > 1 && body[0] === 0 && body[1]! < 0x80)
    throw new DerError("a number that is not in its shortest form")
  return body.reduce((value, byte) => value * 256 + byte, 0)
}

/** A BOOLEAN. @throws DerError */
export const flagOf = (body: Uint8Array): boolean => {
  if (body.length !== 1 || (body[0] !== 0 && body[0] !== 0xff))
    throw new DerError("a boolean that is neither 00 nor ff")
  return body[0] === 0xff
}

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** UTCTime or GeneralizedTime as certificates have them (RFC 5280, section 4.1.2.5): milliseconds since 1970. @throws DerError */
export const timeOf = ({ tag, body }: Element): number => {
  const text = Buffer.from(body).toString("latin1")
  const century = tag === TAG.utcTime ? (Number(text.slice(0, 2)) >= 50 ? "19" : "20") : ""
  if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) throw new DerError("a time of another type")
  const found = TIME.exec(century + text)
  const [year, month, day, hour, minute, second] = (found ?? []).slice(1).map(Number)
  const time = found === null ? Number.NaN : Date.UTC(year!, month! - 1, day!, hour!, minute!, second!)
  if (Number.isNaN(time) || new Date(time).getUTCDate() !== day) throw new DerError("a time that is none")
  return time
}
