/** Node's string primitives without the argument handling of `Buffer.write` and `toString`, a third of their cost. */
interface Native {
  utf8Write(text: string, at: number): number
  utf8Slice(from: number, to: number): string
}

const { utf8Slice: slice } = Buffer.prototype as unknown as Native

/** Writes UTF-8 (a lone surrogate as U+FFFD); returns how many bytes. */
export const utf8Write = (into: Buffer, text: string, at: number): number =>
  (into as unknown as Native).utf8Write(text, at)

/** Reads UTF-8 from any byte array (an ill-formed sequence as U+FFFD). */
export const utf8Slice = (from: Uint8Array, start: number, end: number): string =>
  slice.call(from as unknown as Native, start, end)
