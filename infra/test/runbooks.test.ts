/** Whoever is woken by an alert finds the section that it points to, and no section speaks of an alert that is not there. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { ADVICE } from "@assay/node/docs"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { anchorsOf, linksOf } from "./markdown.ts"

const ROOT = fileURLToPath(new URL("../../", import.meta.url))
const read = (path: string): string => readFileSync(ROOT + path, "utf8")

interface Rule {
  readonly alert: string
  readonly annotations: { readonly runbook_url: string }
}
const rules = ["alerts.yml", "slo.yml"].flatMap((file) =>
  (parse(read(`infra/observability/prometheus/${file}`)) as { groups: Array<{ rules: Array<Rule> }> }).groups
    .flatMap((group) => group.rules)
    .filter((rule) => "alert" in rule),
)

describe("the anchors of a page", () => {
  test("are those that GitHub makes of its headings, and those that it sets itself", () => {
    const page =
      '# One `code`, and: more\n```sh\n# no heading\n```\n## Twice\n## Twice\n<a id="own"></a>\n### Alert: AssayDown\n'
    expect([...anchorsOf(page)]).toEqual(["one-code-and-more", "twice", "twice-1", "own", "alert-assaydown"])
  })

  test("links are found outside of code, with the file that they lead to", () => {
    const page = "[a](../x.md#one) `[no](y.md)` [b](#two) [c](https://example.com/z)\n```\n[d](z.md)\n```\n"
    expect(linksOf(page)).toEqual([
      { path: "../x.md", anchor: "one" },
      { path: "", anchor: "two" },
    ])
  })
})

describe("runbooks", () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))("%s has its section", (_alert, rule) => {
    const [path, anchor] = rule.annotations.runbook_url.split("#")
    expect(anchorsOf(read(path!))).toContain(anchor)
  })

  test.each(Object.entries(ADVICE))("the log line %s leads somewhere", (_code, { runbook }) => {
    const [path, anchor] = runbook.split("#")
    const anchors = anchorsOf(read(path!))
    if (anchor !== undefined) expect(anchors).toContain(anchor)
  })

  test("there is no section for an alert that is gone", () => {
    const known = new Set(rules.map(({ alert }) => `alert-${alert.toLowerCase()}`))
    const sections = [...anchorsOf(read("docs/guides/operations.md"))].filter((anchor) => anchor.startsWith("alert-"))
    expect(sections.filter((anchor) => !known.has(anchor))).toEqual([])
  })
})

const PAGES = [
  "README.md",
  "ARCHITECTURE.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "infra/README.md",
  "docs/guides/operations.md",
  "docs/guides/kafka.md",
  "docs/adr/README.md",
]

describe("links", () => {
  test.each(PAGES)("those of %s lead somewhere", (page) => {
    const dir = page.split("/").slice(0, -1).join("/")
    const broken = linksOf(read(page)).filter(({ path, anchor }) => {
      const file =
        path === "" ? ROOT + page : fileURLToPath(new URL(path, `file://${ROOT}${dir === "" ? "" : `${dir}/`}`))
      if (!existsSync(file)) return true
      return anchor !== "" && !anchorsOf(readFileSync(file, "utf8")).has(anchor)
    })
    expect(broken).toEqual([])
  })
})
