/** No source decides by the wording of an error: codes, classes and tags say what happened; a wording changes with any release. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const ROOT = join(import.meta.dirname, "../..")
const SOURCES = ["packages", "services", "schemas", "infra", "load-tests", "testkit"].flatMap((directory) =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .map((path) => `${directory}/${path}`)
    .filter((path) => path.endsWith(".ts") && !/(^|\/)(node_modules|test)\//.test(path)),
)

const MESSAGE = String.raw`(?:\b(?:message|stack)\b|String\((?:cause|error)\))`
const PATTERNS = [
  new RegExp(
    String.raw`${MESSAGE}\)?\s*\.\s*(?:includes|match|matchAll|startsWith|endsWith|indexOf|search|split|replace|replaceAll)\(`,
  ),
  new RegExp(String.raw`\.(?:test|exec)\((?:[\w.]+\.)?${MESSAGE}\)`),
  new RegExp(String.raw`(?<!typeof )${MESSAGE}\s*[!=]==\s*["'\u0060]`),
]

const parses = (source: string): ReadonlyArray<string> =>
  source
    .split("\n")
    .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line) && PATTERNS.some((pattern) => pattern.test(line)))

/** What may look into a text all the same, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  "packages/read-model/src/reply.ts": "the first word of a reply is Redis' own error code, by its protocol",
  "schemas/src/registry/client.ts":
    "leaves out the name that the package puts before the registry's words; decides nothing",
}

describe("the text of an error", () => {
  it("is looked into by no source", () => {
    const found = SOURCES.filter((path) => parses(readFileSync(join(ROOT, path), "utf8")).length > 0)
    expect(found.filter((path) => !Object.hasOwn(ALLOWED, path))).toEqual([])
    expect(found.toSorted()).toEqual(Object.keys(ALLOWED).toSorted())
  })

  it.each([
    'if (cause.message.includes("NOPERM")) return',
    "const at = / at position (\\d+)/.exec(error.message)",
    "if (/alert/i.test(message)) return",
    'const [first] = (cause as Error).message.split(". ")',
    'if (error.message === "closed") return',
  ])("%s is found", (line) => expect(parses(line)).toEqual([line]))

  it.each([
    'say(cause.message, "try again")',
    'if (entry.kind === "message") return entry.message',
    "// message.includes",
  ])("%s is none", (line) => expect(parses(line)).toEqual([]))
})
