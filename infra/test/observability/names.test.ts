/** Dashboard, alert rules and guide name what is really exported, and the guide names all of it. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { INSTRUMENTS, Metrics, promLabel, promName } from "@assay/telemetry"
import { OUTCOMES, REASONS } from "@assay/trust"
import { beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import { DASHBOARD_FILE, dashboard } from "../../observability/dashboard.ts"
import { ROWS } from "../../observability/panels.ts"
import { SLO_FILE, sloFile } from "../../observability/slo/write.ts"
import { exercise, exportedBy } from "./exercised.ts"
import { groupingsOf, selectorsOf } from "./promql.ts"

const ROOT = fileURLToPath(new URL("../../../", import.meta.url))
const read = (path: string): string => readFileSync(ROOT + path, "utf8")

interface Rule {
  readonly alert?: string
  /** Of a recording rule. */
  readonly record?: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string }
}
type AlertRule = Rule & { readonly alert: string }
const rulesIn = (file: string): ReadonlyArray<Rule> =>
  (parse(read(`infra/observability/prometheus/${file}`)) as { groups: Array<{ rules: Array<Rule> }> }).groups.flatMap(
    (group) => group.rules,
  )
const all = ["alerts.yml", "slo.yml"].flatMap(rulesIn)
const rules = all.filter((rule): rule is AlertRule => rule.alert !== undefined)
const recordings = all.filter((rule): rule is Rule & { readonly record: string } => rule.record !== undefined)
/** Recorded values have no label but `service`. What a deployment has is recorded from nothing: the file says it. */
const recorded = new Set([...recordings, ...rulesIn("components.yml")].map(({ record }) => record))

/** What Prometheus itself adds. */
const SCRAPED = { metrics: new Set(["up"]), labels: new Set(["job", "instance", "service", "le"]) }
/** Label values that come from a closed set of ours. */
const VALUES: Readonly<Record<string, ReadonlyArray<string>>> = { reason: Object.keys(REASONS), outcome: OUTCOMES }

let exported: ReadonlyMap<string, ReadonlySet<string>>
beforeAll(async () => {
  exported = exportedBy(await exercise(new Metrics({ engine: "kafka" })))
})

const problemsOf = (expr: string): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const known = new Set(SCRAPED.labels)
  for (const { metric, labels, matchers } of selectorsOf(expr)) {
    const own = exported.get(metric)
    if (own === undefined && !SCRAPED.metrics.has(metric) && !recorded.has(metric))
      problems.push(`nobody exports ${metric}`)
    for (const label of own ?? []) known.add(label)
    for (const label of labels)
      if (own?.has(label) === false && !SCRAPED.labels.has(label)) problems.push(`${metric} has no label ${label}`)
    for (const { label, operator, value } of matchers) {
      const values = VALUES[label]
      if (values === undefined) continue
      const fits = operator.includes("~")
        ? values.some((one) => new RegExp(`^(?:${value})$`).test(one))
        : values.includes(value)
      if (!fits) problems.push(`no ${label} is ${value}`)
    }
  }
  for (const label of groupingsOf(expr)) if (!known.has(label)) problems.push(`nothing here has a label ${label}`)
  if (selectorsOf(expr).length === 0 && expr !== "") problems.push("it names no metric")
  return problems
}

test("everything that can be exported is, once everything has happened", () => {
  const missing = Object.values(INSTRUMENTS)
    .map((spec) => (spec.kind === "histogram" ? `${promName(spec)}_count` : promName(spec)))
    .filter((name) => !exported.has(name))
  expect(missing).toEqual([])
})

describe("the reader of PromQL", () => {
  test("finds metrics, labels, groupings; and no function, keyword, range or text", () => {
    const expr =
      'max by (group) (rate(a_total{x="and b{",y=~"c|d"}[5m])) > 0 unless on (group, p) b_seconds offset 10m or vector(0)'
    expect(selectorsOf(expr).map(({ metric, labels }) => [metric, labels])).toEqual([
      ["a_total", ["x", "y"]],
      ["b_seconds", []],
    ])
    expect(groupingsOf(expr)).toEqual(["group", "group", "p"])
  })

  test.each([
    ["sum(assay_gone_total)", "nobody exports assay_gone_total"],
    ['assay_decisions_total{device="x"}', "assay_decisions_total has no label device"],
    ["sum by (stage) (assay_decisions_total)", "nothing here has a label stage"],
    ['assay_reasons_total{reason="integrity.chain_brokn"}', "no reason is integrity.chain_brokn"],
    ['assay_reasons_total{reason=~"integrity\\\\.nothing.*"}', "no reason is integrity\\.nothing.*"],
  ])("%s is found out", (expr, problem) => {
    expect(problemsOf(expr)).toEqual([problem])
  })
})

describe("alert rules", () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))("%s names what is exported", (_name, rule) => {
    expect(problemsOf(rule.expr)).toEqual([])
  })

  test.each(rules.map((rule) => [rule.alert, rule] as const))("%s says what to do", (_name, rule) => {
    expect(["page", "ticket"]).toContain(rule.labels.severity)
    expect(rule.annotations.summary.length).toBeGreaterThan(10)
    expect(rule.annotations.description.length).toBeGreaterThan(10)
    expect(rule.annotations.runbook_url).toBe(`docs/guides/operations.md#alert-${rule.alert.toLowerCase()}`)
  })

  test.each(recordings.map((rule) => [rule.record, rule] as const))(
    "%s is recorded from what is exported",
    (_, rule) => {
      expect(problemsOf(rule.expr)).toEqual([])
    },
  )

  test("names are not used twice", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    expect(new Set(recordings.map(({ record }) => record)).size).toBe(recordings.length)
  })

  test("those of the objectives are what the code makes (else: npm run slo)", () => {
    expect(readFileSync(SLO_FILE, "utf8")).toBe(sloFile())
  })
})

describe("dashboard", () => {
  const panels = ROWS.flatMap((row) => row.panels)
  test.each(panels.map((panel) => [panel.title, panel] as const))("%s names what is exported", (_title, panel) => {
    for (const { expr, legend } of panel.queries) {
      expect(problemsOf(expr)).toEqual([])
      const known = new Set([
        ...SCRAPED.labels,
        ...selectorsOf(expr).flatMap(({ metric }) => [...(exported.get(metric) ?? [])]),
      ])
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) expect(known).toContain(label)
    }
  })

  test("shows every metric", () => {
    const shown = new Set(
      panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => selectorsOf(expr))).map(({ metric }) => metric),
    )
    const hidden = Object.values(INSTRUMENTS).filter(
      (spec) => !["", "_bucket", "_count"].map((end) => promName(spec) + end).some((name) => shown.has(name)),
    )
    expect(hidden.map(promName)).toEqual([])
  })

  test("its file is what the code makes (else: node infra/observability/dashboard.ts)", () => {
    expect(readFileSync(DASHBOARD_FILE, "utf8")).toBe(dashboard())
  })
})

describe("guide", () => {
  const guide = read("docs/guides/observability.md")
  test("explains every metric with its labels", () => {
    for (const spec of Object.values(INSTRUMENTS)) {
      const row = guide.split("\n").find((line) => line.startsWith(`| \`${promName(spec)}\``))
      expect(row, promName(spec)).toBeDefined()
      for (const label of spec.labels) expect(row, promName(spec)).toContain(`\`${promLabel(label)}\``)
    }
  })

  test("explains none that is not there, and every alert", () => {
    const known = new Set(Object.values(INSTRUMENTS).map(promName))
    const named = [...guide.matchAll(/^\| `([a-z][a-z0-9_]+)` \|/gm)].map(([, name]) => name!)
    expect(named.filter((name) => !known.has(name))).toEqual([])
    for (const { alert } of rules) expect(guide).toContain(`\`${alert}\``)
  })
})
