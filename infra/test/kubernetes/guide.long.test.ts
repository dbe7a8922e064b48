/** The values that the guides show: the chart takes each, and makes manifests of them that Kubernetes takes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { hasHelm, type Manifest, render } from "../../kubernetes/helm.ts"
import { schemaProblems } from "./checks.ts"

const GUIDES = join(import.meta.dirname, "../../../docs/guides")
/** Of the chart, and no manifest. */
const examplesIn = (page: string): ReadonlyArray<string> =>
  [...readFileSync(join(GUIDES, page), "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .map(([, text]) => text!)
    .filter((text) => !/^(apiVersion|kind):/m.test(text))
const EXAMPLES = ["kubernetes.md", "managed-kafka.md"].flatMap((page) =>
  examplesIn(page).map((text) => [page, text.split("\n")[0]!, text] as const),
)

const dir = mkdtempSync(join(tmpdir(), "assay-guide-"))
afterAll(() => rmSync(dir, { recursive: true }))

describe.skipIf(!hasHelm())("the values of the guides", () => {
  const made: Array<Manifest> = []

  it.each(EXAMPLES)("%s: %s ... are taken", (page, _first, text) => {
    const file = join(dir, "values.yaml")
    writeFileSync(file, text)
    const all = render({ values: page === "managed-kafka.md" ? "managed-kafka" : "production", files: [file] })
    expect(all.length).toBeGreaterThan(20)
    made.push(...all)
  })

  it("make what Kubernetes takes", { timeout: 120_000 }, () => {
    expect(EXAMPLES.length).toBeGreaterThan(6)
    expect(schemaProblems(made)).toEqual([])
  })
})
