/** Short text that a person can read as it is: letters, marks, digits, punctuation, symbols, and blanks between them. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}](?:[\p{L}\p{M}\p{N}\p{P}\p{S} ]*[\p{L}\p{M}\p{N}\p{P}\p{S}])?$/u

/** Whether it is such text of 1 to `maximum` UTF-16 units: no controls, no line ends, nothing that turns or hides text. */
export const isPrintable = (value: unknown, maximum: number): value is string =>
  typeof value === "string" && value.length <= maximum && (isVisible(value) || PRINTABLE.test(value))

/** ASCII without a blank, which is most of it and needs no tables of Unicode. */
const isVisible = (value: string): boolean => {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x21 || code > 0x7e) return false
  }
  return value !== ""
}
