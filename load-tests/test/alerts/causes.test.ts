/** Every alert has a cause here, or the guide says that it has none yet. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { CAUSES } from "../../src/alerts/causes.ts"

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")
const namesIn = (text: string): ReadonlyArray<string> => [...new Set(text.match(/\bAssay[A-Z]\w+/g) ?? [])].sort()

it("the guide lists which alerts are caused, and which have no cause yet", () => {
  const rules = ["alerts.yml", "slo.yml"].map((file) => read(`infra/observability/prometheus/${file}`)).join("\n")
  const alerts = namesIn((rules.match(/alert: \w+/g) ?? []).join(" "))
  const [, guide] = /## Alerts: `npm run alerts`([\s\S]*?)\n## /.exec(read("load-tests/README.md"))!
  const [caused, without = ""] = guide!.split("No cause yet:")
  const causes = namesIn(CAUSES.flatMap((cause) => cause.alerts).join(" "))
  expect(causes.filter((alert) => !alerts.includes(alert))).toEqual([])
  expect(namesIn(caused!.slice(caused!.indexOf("Seen to fire")))).toEqual(causes)
  expect(namesIn(without)).toEqual(alerts.filter((alert) => !causes.includes(alert)))
})
