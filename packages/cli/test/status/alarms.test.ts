import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { alarmsOf } from "../../src/status/alarms.ts"
import type { LogStatus } from "../../src/status/log.ts"
import type { NodeStatus } from "../../src/status/node.ts"

const NODE: NodeStatus = {
  url: "http://n",
  notReady: null,
  services: [{ name: "chained", partitions: 4 }],
  lag: null,
  unsealed: { partition: 0, seconds: 1 },
  leaves: 9,
  knowledge: [{ kind: "bundle", version: 7, remaining: 90 * 86_400 }],
  halted: [],
  unavailable: false,
  away: [],
}
const LOG: LogStatus = {
  name: "assay-log:1:0",
  engine: "kafka",
  epoch: 1,
  partitions: 4,
  services: [{ name: "chained", processes: 1, entries: 3, ms: 400, partition: 2 }],
  running: true,
  unsealed: { partition: 0, ms: 900 },
  checkpoint: { leaves: 9, time: 0, partitions: 4 },
  undecided: 0,
  deadLetters: 0,
}
const of = (node: Partial<NodeStatus>, log: Partial<LogStatus> = {}) =>
  alarmsOf([{ ...NODE, ...node }], { ...LOG, ...log }).map(({ alert, state }) => `${state} ${alert}`)

it("nothing is wrong", () => expect(of({})).toEqual([]))

it.each<[string, Partial<NodeStatus>, string]>([
  ["is not ready", { notReady: "restoring" }, "fail AssayNotReady"],
  ["stands still", { halted: ["chained/2"] }, "fail AssayRecordsLost"],
  ["has no brokers", { unavailable: true }, "fail AssayBrokerUnavailable"],
  ["is behind", { lag: { group: "chained", partition: 1, seconds: 31 } }, "fail AssayLag"],
  ["does not seal", { unsealed: { partition: 1, seconds: 31 } }, "fail AssayUnsealedAudit"],
  ["feeds no read model", { away: ["the read model"] }, "warn AssayReadModelBehind"],
  ["feeds no sink", { away: ["the sink siem"] }, "warn AssaySinkBehind"],
  [
    "has expired knowledge",
    { knowledge: [{ kind: "bundle", version: 1, remaining: 0 }] },
    "fail AssayKnowledgeExpires",
  ],
  ["has old knowledge", { knowledge: [{ kind: "bundle", version: 1, remaining: 60 }] }, "warn AssayKnowledgeExpires"],
])("a node %s", (_, node, alarm) => expect(of(node)).toEqual([alarm]))

it.each<[string, Partial<LogStatus>, string]>([
  ["nobody works on", { running: false, services: [{ ...LOG.services[0]!, processes: 0 }] }, "fail AssayDown"],
  ["nobody ever worked on", { running: false, services: [] }, "warn AssayDown"],
  ["one service is missing from", { services: [{ ...LOG.services[0]!, processes: 0 }] }, "fail AssayDown"],
  ["is behind", { services: [{ ...LOG.services[0]!, ms: 30_001 }] }, "fail AssayLag"],
  ["is not sealed", { unsealed: { partition: 0, ms: 30_001 } }, "fail AssayUnsealedAudit"],
  ["keeps what Assay failed at", { undecided: 1 }, "fail AssayUndecided"],
  ["keeps what is none of ours", { deadLetters: 1 }, "warn AssayDeadLetters"],
])("a log that %s", (_, log, alarm) => expect(of({}, log)).toEqual([alarm]))

it("a node that does not answer, and no log to look at", () => {
  expect(alarmsOf([{ url: "http://n", problem: "no node answers (ECONNREFUSED)" }], null)).toEqual([
    { alert: "AssayDown", state: "fail", where: "http://n", what: "no node answers (ECONNREFUSED)" },
  ])
})

it("every alarm is one of the alert rules", () => {
  const rules = join(import.meta.dirname, "../../../../infra/observability/prometheus/alerts.yml")
  const source = readFileSync(join(import.meta.dirname, "../../src/status/alarms.ts"), "utf8")
  const named = new Set(source.match(/\bAssay[A-Z]\w+/g))
  expect(existsSync(rules)).toBe(true)
  expect(named.size).toBeGreaterThan(8)
  for (const name of named) expect(readFileSync(rules, "utf8")).toContain(`alert: ${name}\n`)
})
