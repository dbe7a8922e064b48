/** What the pages say about where things are: each path that one names is there. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { pathsOf } from "./markdown.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const PAGES = execFileSync("git", ["ls-files", "*.md"], { cwd: ROOT, encoding: "utf8" })
  .trim()
  .split("\n")
  .filter((page) => existsSync(join(ROOT, page)))

/** As a page means it: from the root, or from its own directory. */
const missing = (page: string, text: string): ReadonlyArray<string> => {
  const { root, own } = pathsOf(text)
  const here = dirname(page)
  return [
    ...root.filter((path) => ![path, join(here, path)].some((place) => existsSync(join(ROOT, place)))),
    // Pages outside of a package write `src/judge.ts` for what every service has.
    ...(existsSync(join(ROOT, here, "package.json")) && here !== "."
      ? own.filter((path) => !existsSync(join(ROOT, here, path)))
      : []),
  ]
}

describe("the paths of a page", () => {
  test("are found in text, in code and in links, up to a placeholder", () => {
    const page = [
      "See `packages/trust/src/decide.ts`, packages/log and [one](../docs/adr/0001.md#a).",
      "`services/<name>/src/main.ts` `packages/{a,b}/x` `schemas/*.avsc` `src/a.ts` `test/b.test.ts`",
      "```",
      "node load-tests/src/main.ts --x",
      "```",
      "Not: my-packages/x, a/services/b, https://example.com/docs/x, @assay/schemas/registry.",
    ].join("\n")
    expect(pathsOf(page)).toEqual({
      root: [
        "packages/trust/src/decide.ts",
        "packages/log",
        "docs/adr/0001.md",
        "services",
        "packages",
        "schemas",
        "load-tests/src/main.ts",
      ],
      own: ["src/a.ts", "test/b.test.ts"],
    })
  })

  test("are missed where they are not there", () => {
    expect(missing("ARCHITECTURE.md", "`packages/nobody/src`, `packages/trust`")).toEqual(["packages/nobody/src"])
    expect(missing("packages/trust/README.md", "`src/nobody.ts`, `src/decide.ts`")).toEqual(["src/nobody.ts"])
  })
})

describe("every page", () => {
  test("is read", () => expect(PAGES.length).toBeGreaterThan(40))

  test.each(PAGES)("%s names what is there", (page) => {
    expect(missing(page, readFileSync(join(ROOT, page), "utf8"))).toEqual([])
  })
})
