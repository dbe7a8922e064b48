/** Where a JSON text stops being one (RFC 8259). Only for error messages: JSON.parse decides, and says the place in prose alone. */

const SPACE = /[ \t\n\r]*/y
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
/** The first character that a string may hold as it is. */
const FIRST_PLAIN = " "

/** What may come next. `first` is also an end: of an empty object or list. */
type Expected = "value" | "first value" | "name" | "first name" | "colon" | "separator" | "end"

/** @returns where the string that begins at `from` ends, or the place in it that is wrong, as a number below zero: `-1 - place` */
const stringEnd = (text: string, from: number): number => {
  for (let i = from + 1; i < text.length; ) {
    const char = text[i]!
    if (char === '"') return i + 1
    if (char < FIRST_PLAIN) return -1 - i
    ESCAPE.lastIndex = i
    if (char !== "\\") i++
    else if (ESCAPE.test(text)) i = ESCAPE.lastIndex
    else return -1 - i
  }
  return -1 - text.length
}

/** The position of the first character that no JSON text has there, its length where it ends too early; null where it is JSON. */
export const syntaxErrorAt = (text: string): number | null => {
  const open: Array<"{" | "["> = []
  let expected: Expected = "value"
  let at = 0
  const match = (token: RegExp): number => {
    token.lastIndex = at
    return token.test(text) ? token.lastIndex : at
  }
  const closed = (): Expected => (open.length === 0 ? "end" : "separator")
  for (;;) {
    at = match(SPACE)
    if (expected === "end") return at === text.length ? null : at
    const char = text[at]
    const closes = char === (open.at(-1) === "{" ? "}" : "]")
    if (closes && (expected === "separator" || expected === "first value" || expected === "first name")) {
      open.pop()
      at++
      expected = closed()
    } else if (expected === "separator" || expected === "colon") {
      if (char !== (expected === "colon" ? ":" : ",")) return at
      at++
      expected = expected === "colon" || open.at(-1) === "[" ? "value" : "name"
    } else if (expected === "name" || expected === "first name") {
      if (char !== '"') return at
      at = stringEnd(text, at)
      if (at < 0) return -1 - at
      expected = "colon"
    } else if (char === "{" || char === "[") {
      open.push(char)
      at++
      expected = char === "{" ? "first name" : "first value"
    } else {
      const end = char === '"' ? stringEnd(text, at) : match(WORD)
      if (end < 0) return -1 - end
      if (end === at) return at
      at = end
      expected = closed()
    }
  }
}
