/** What the generated files have in common. */

const WIDTH = 120

export const head = (source: string): string =>
  `// Generated from ${source} by \`npm run schemas:generate\`. Do not edit.\n`

const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = [""]
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`
  }
  return lines
}

/** A doc comment in lines of at most 120 characters, one paragraph after another; empty where there is nothing to say. */
export const comment = (doc: string | null, indent = "", ...more: ReadonlyArray<string>): string => {
  const texts = [...(doc === null ? [] : [doc]), ...more]
  if (texts.length === 0) return ""
  const single = `${indent}/** ${texts[0]} */\n`
  if (texts.length === 1 && single.length <= WIDTH + 1) return single
  const lines = texts.flatMap((text) => wrap(text, WIDTH - indent.length - 3))
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`
}

/** `import { a, type B } from "c"`, over several lines where it is long. */
const importOf = (names: Iterable<string>, from: string): string => {
  const plain = (name: string): string => name.replace(/^type /, "")
  const sorted = [...new Set(names)].sort((a, b) => (plain(a) < plain(b) ? -1 : 1))
  if (sorted.length === 0) return ""
  const allTypes = sorted.every((name) => name.startsWith("type "))
  const listed = allTypes ? sorted.map(plain) : sorted
  const opening = allTypes ? "import type" : "import"
  const line = `${opening} { ${listed.join(", ")} } from "${from}"\n`
  if (line.length <= WIDTH + 1) return line
  return `${opening} {\n${listed.map((name) => `  ${name},\n`).join("")}} from "${from}"\n`
}

/** Packages first, then modules of this one. */
export const importsOf = (used: ReadonlyMap<string, ReadonlySet<string>>): string => {
  const order = (from: string): string => (from.startsWith(".") ? `1${from}` : `0${from}`)
  return [...used]
    .sort(([a], [b]) => (order(a) < order(b) ? -1 : 1))
    .map(([from, names]) => importOf(names, from))
    .join("")
}
