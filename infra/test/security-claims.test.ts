/** SECURITY.md claims nothing without a test: each threat names tests by file and title, and all of them are there. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { type Claim, claimsOf, literalsOf, shortPathsOf } from "./security-claims.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const PAGE = readFileSync(join(ROOT, "SECURITY.md"), "utf8")
const ATTACKS = ["packages/fleet/src/attacks", "packages/fleet/src/hardware/attacks"]
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }))
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.slice(path.lastIndexOf("/") + 1))
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "index")

/** What is wrong with a claim's tests. */
const faultsOf = ({ attacks, tests, rest }: Claim): ReadonlyArray<string> => [
  ...(rest === "" ? [] : [`not understood: ${rest}`]),
  ...(tests.length === 0 ? ["names no test"] : []),
  ...attacks.filter((name) => !ATTACKS.includes(name)).map((name) => `no attack ${name}`),
  ...tests.flatMap(({ file, titles }) => {
    if (!existsSync(join(ROOT, file))) return [`no file ${file}`]
    if (titles.length === 0) return [`${file}: no title`]
    const literals = literalsOf(readFileSync(join(ROOT, file), "utf8"))
    return titles.filter((title) => !literals.has(title)).map((title) => `${file}: no test "${title}"`)
  }),
]

describe("the reading of a page", () => {
  const page = [
    "Short paths: **aa** `packages/a/test`.",
    "## Threats",
    "### One",
    "| threat | outcome | covered by |",
    "|---|---|---|",
    '| a | refused | `attack-a`; aa `x.test.ts` "t 1", "t 2"; `packages/b/test/y.test.ts` "refuses *" (on a broker) |',
    "| b | refused | some words |",
    "## Known limits",
    "| c | no claim | |",
  ].join("\n")

  test("gives each threat with its attacks, tests and titles, and what it did not understand", () => {
    expect(claimsOf(page)).toEqual([
      {
        claim: "a",
        attacks: ["attack-a"],
        tests: [
          { file: "packages/a/test/x.test.ts", titles: ["t 1", "t 2"] },
          { file: "packages/b/test/y.test.ts", titles: ["refuses *"] },
        ],
        rest: "",
      },
      { claim: "b", attacks: [], tests: [], rest: "some words" },
    ])
  })

  test("knows a title by its literal, with a star for what a table or a template fills in", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source of a test
    const source = 'it("a", f); it.each([])("b %s and %j", f); it(`c (${topology}) "q"`, f); const x = ["d", 1]'
    expect([...literalsOf(source)]).toEqual(expect.arrayContaining(["a", "b * and *", 'c (*) "q"', "d"]))
  })

  test("misses what is not there", () => {
    const [a, b] = claimsOf(page)
    expect(faultsOf(a!)).toEqual([
      "no attack attack-a",
      "no file packages/a/test/x.test.ts",
      "no file packages/b/test/y.test.ts",
    ])
    expect(faultsOf(b!)).toEqual(["not understood: some words", "names no test"])
    const here = {
      file: "infra/test/security-claims.test.ts",
      titles: ["misses what is not there", "no such".concat("!")],
    }
    expect(faultsOf({ claim: "c", attacks: [], tests: [here], rest: "" })).toEqual([`${here.file}: no test "no such!"`])
  })
})

describe("SECURITY.md", () => {
  const claims = claimsOf(PAGE)

  test("has all its threats read", () => {
    expect(claims.length).toBeGreaterThan(60)
    expect([...shortPathsOf(PAGE).values()].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test.each(claims)("$claim: has tests that are there", (claim) => expect(faultsOf(claim)).toEqual([]))

  test("names every attack of the catalogue", () => {
    const named = new Set(claims.flatMap(({ attacks }) => attacks))
    expect(ATTACKS.filter((name) => !named.has(name))).toEqual([])
  })
})
