/** Node's `latin1Slice`, which its types do not name: `toString("latin1")` without the handling of its arguments. */
interface Native {
  latin1Slice(start: number, end: number): string
}

/** The text of bytes of ASCII from `start` to before `end`. */
export const asciiSlice = (from: Buffer, start: number, end: number): string =>
  (from as unknown as Native).latin1Slice(start, end)
