/** Each product that people use has its page in the guides, and the heading says whether it was tried. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

const GUIDES = ["siem.md", "data-platforms/recipes.md"]
const headings = GUIDES.flatMap((path) =>
  readFileSync(new URL(`../../../docs/guides/${path}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => /^##+ /.test(line)),
)

it.each([
  "rsyslog",
  "syslog-ng",
  "Splunk",
  "Elastic",
  "Sentinel",
  "QRadar",
  "Google Security Operations",
  "OpenTelemetry collector",
  "Snowflake",
  "Databricks",
  "BigQuery",
])("%s", (product) => {
  const own = headings.filter((heading) => heading.split("(")[0]!.includes(product))
  expect(own).toHaveLength(1)
  expect(own[0]).toMatch(/\((not )?tried\b/)
})
