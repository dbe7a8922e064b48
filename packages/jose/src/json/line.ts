/** In which line of a JSON text does a path stand? Only for error messages, on texts that were parsed before. */
import type { Path } from "./shape.ts"

const skipSpace = (text: string, at: number): number => {
  let i = at
  while (i < text.length && " \t\r\n".includes(text[i]!)) i++
  return i
}

const skipString = (text: string, at: number): number => {
  let i = at + 1
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1
  return i + 1
}

/** The position after the value that starts at `at`. */
const skipValue = (text: string, at: number): number => {
  if (text[at] === '"') return skipString(text, at)
  let depth = 0
  let i = at
  while (i < text.length) {
    const char = text[i]!
    if (char === '"') {
      i = skipString(text, i)
      continue
    }
    if (char === "{" || char === "[") depth++
    else if (char === "}" || char === "]") {
      if (--depth < 0) return i
      if (depth === 0) return i + 1
    } else if (depth === 0 && ",\n\r\t ".includes(char)) return i
    i++
  }
  return i
}

/** Where the step's member (its key) or item starts, and where its value does; null where there is none. */
const enter = (text: string, at: number, step: string | number): { key: number; value: number } | null => {
  const close = typeof step === "number" ? "]" : "}"
  let i = skipSpace(text, at + 1)
  for (let index = 0; i < text.length && text[i] !== close; index++) {
    const key = i
    let name: string | number = index
    if (typeof step === "string") {
      const end = skipString(text, i)
      name = JSON.parse(text.slice(i, end)) as string
      i = skipSpace(text, skipSpace(text, end) + 1)
    }
    if (name === step) return { key, value: i }
    i = skipSpace(text, skipValue(text, i))
    if (text[i] === ",") i = skipSpace(text, i + 1)
  }
  return null
}

/** The line (from 1) of a path's key; of its nearest enclosing object where the path itself is missing. */
export const lineOf = (text: string, path: Path): number => {
  let value = skipSpace(text, 0)
  let shown = value
  for (const step of path) {
    const found = enter(text, value, step)
    if (found === null) break
    shown = found.key
    value = found.value
  }
  let line = 1
  for (let i = text.indexOf("\n"); i >= 0 && i < shown; i = text.indexOf("\n", i + 1)) line++
  return line
}
