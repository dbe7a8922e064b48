/** Words that docs/glossary.md retired do not come back, in code or pages. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))

/** As a word of text, or as a part of a name in camel case. */
const RETIRED: ReadonlyArray<RegExp> = [
  /\bhouses?\b/i,
  /(?<!Click)(?<=[a-z])House\b|\bHouse[A-Z]/,
  /\brooms\b/i,
  /\b(un)?told\b/i,
  /[a-z]Told\b|\bTold[A-Z]|_TOLD\b/,
  /\bobey(s|ed)?\b/i,
  /\bwish(es)?\b/i,
  /\bdesks?\b/i,
  /\b[iI]n words\b|\binWords\b/,
  /\bin earnest\b/i,
  /\bcarryOut\b/,
  /\bshuts? out\b|\bshutOut\b/i,
  /\bto them, now\b/i,
  /\bDESIGN section\b/,
  /\bthe drawing\b/i,
  /\bstorm breaker\b/i,
  /\blet go of\b/i,
]

/** Where they are listed, and what is not ours to word. */
const EXEMPT =
  /^(docs\/glossary\.md|infra\/test\/words\.test\.ts|package-lock\.json|LICENSE)$|\.(csv|bin|json|svg|txt|tsv)$/

const retiredIn = (text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .flatMap((line, nth) => RETIRED.flatMap((word) => (word.test(line) ? [`${nth + 1}: ${word.exec(line)![0]}`] : [])))

test("retired words are found in text and in names", () => {
  expect(retiredIn("It is told in words\nconst isStallTold = 1\nthe House of a warehouse")).toEqual([
    "1: told",
    "1: in words",
    "2: lTold",
    "3: House",
  ])
  expect(retiredIn("a warehouse holds thresholds; name in WORDS; room for one; washed, a stranger, bedrooms")).toEqual(
    [],
  )
})

test("no file has one", () => {
  const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" })
    .trim()
    .split("\n")
    .filter((file) => !EXEMPT.test(file))
  expect(files.length).toBeGreaterThan(500)
  const found = files.flatMap((file) => {
    const words = [...retiredIn(file), ...retiredIn(readFileSync(join(ROOT, file), "utf8"))]
    return words.map((word) => `${file}:${word}`)
  })
  expect(found).toEqual([])
})
