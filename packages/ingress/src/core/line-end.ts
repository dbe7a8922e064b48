/** A line end behind a message in text is none of it: programs that write lines add one. */

/** Without one LF or CRLF at the end. */
export const withoutLineEnd = (bytes: Buffer): Buffer => {
  const text = bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes
  return text.at(-1) === 13 ? text.subarray(0, -1) : text
}
