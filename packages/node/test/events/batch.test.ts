import type { BatchDone } from "@assay/engine"
import type { AuditEvent } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { batchEvents } from "../../src/events/batch.ts"
import { lineOf, type NodeEvent } from "../../src/events/event.ts"
import { shareEvents } from "../../src/events/shares.ts"

const blank: AuditEvent = {
  kind: "control",
  origin: { epoch: 0, partition: 0, offset: 0 },
  index: 0,
  time: 0,
  device: null,
  digest: null,
  decision: null,
  verdicts: [],
  reasons: [],
  from: null,
  to: null,
  evidence: [],
  count: 0,
  root: null,
  record: null,
  detail: null,
}
const done = (partition: number, events: ReadonlyArray<AuditEvent>): BatchDone => ({
  partition,
  group: "chained",
  next: events.length,
  entries: events.length,
  ms: 1,
  commitMs: 1,
  decided: [],
  events,
  deadLetters: 0,
  undecided: 0,
})
const setUp = () => {
  const said: Array<NodeEvent> = []
  const clock = { now: 0 }
  return {
    said,
    clock,
    batch: batchEvents(
      (event) => said.push(event),
      () => clock.now,
    ),
  }
}
const activation = (count: number): AuditEvent => ({
  ...blank,
  count,
  reasons: count === 1 ? [] : ["control.knowledge_version"],
  detail: JSON.stringify({ kind: "activation", item: "bundle", version: 3, hash: "abc" }),
})
const quarantined = (n: number): AuditEvent => ({
  ...blank,
  kind: "transition",
  device: `did:key:${n}`,
  from: "trusted",
  to: "quarantined",
  reasons: ["identity.replayed"],
})

describe("a committed batch", () => {
  it("is one line for an activation that every partition judged", () => {
    const { said, batch } = setUp()
    for (let partition = 0; partition < 4; partition++) batch.onBatch(done(partition, [activation(1)]))
    batch.onBatch(done(3, [activation(0)]))
    expect(said.map(({ code, details }) => [code, details])).toEqual([
      ["activation.accepted", { item: "bundle", version: 3, hash: "abc" }],
      ["activation.refused", { item: "bundle", version: 3, hash: "abc", reasons: ["control.knowledge_version"] }],
    ])
  })

  it("alarms where entries are undecided, with the fault", () => {
    const { said, batch } = setUp()
    const fault: AuditEvent = { ...blank, kind: "incident", reasons: ["engine.fault"], detail: "a stage threw" }
    batch.onBatch({ ...done(1, [fault]), undecided: 1 })
    expect(said[0]).toMatchObject({
      code: "entries.undecided",
      partition: 1,
      details: { count: 1, fault: "a stage threw" },
    })
  })

  it("alarms where records between the stages cannot be read", () => {
    const { said, batch } = setUp()
    const detail = "two records"
    batch.onBatch({
      ...done(1, [{ ...blank, kind: "incident", reasons: ["engine.unreadable_record"], detail }]),
      undecided: 2,
    })
    expect(said.map(({ code }) => code)).toEqual(["entries.undecided", "incident.recorded"])
    expect(said[0]).toMatchObject({ details: { count: 2, fault: detail } })
  })

  it("says an operator's command, and one that nobody could read", () => {
    const { said, batch } = setUp()
    const detail = JSON.stringify({
      kind: "command",
      verb: "release",
      target: "did:key:1",
      signers: ["did:key:op1", "did:key:op2"],
      reason: "checked",
    })
    batch.onBatch(
      done(0, [
        { ...blank, count: 1, detail },
        { ...blank, reasons: ["control.not_operator"] },
      ]),
    )
    expect(said.map(({ code, details }) => [code, details])).toEqual([
      [
        "command.accepted",
        { verb: "release", target: "did:key:1", signers: ["did:key:op1", "did:key:op2"], reason: "checked" },
      ],
      [
        "command.refused",
        {
          ...{ verb: null, target: null, signers: [], reason: null, reasons: ["control.not_operator"] },
          origin: expect.stringMatching(/^\d+\/\d+\/\d+$/),
        },
      ],
    ])
  })

  it("names devices that were quarantined, and counts them in a storm", () => {
    const { said, clock, batch } = setUp()
    batch.onBatch(
      done(
        1,
        Array.from({ length: 500 }, (_, n) => quarantined(n)),
      ),
    )
    expect(said.length).toBe(20)
    expect(said[0]).toMatchObject({
      code: "device.quarantined",
      partition: 1,
      details: { device: "did:key:0", from: "trusted", reasons: ["identity.replayed"] },
    })
    clock.now = 11_000
    batch.flush()
    expect(said.at(-1)).toMatchObject({ code: "devices.more", details: { count: 480 } })
    batch.flush()
    expect(said.length).toBe(21)
  })

  it("says nothing of decisions and other transitions", () => {
    const { said, batch } = setUp()
    batch.onBatch(
      done(0, [
        { ...blank, kind: "decision" },
        { ...quarantined(1), to: "trusted" },
      ]),
    )
    expect(said).toEqual([])
  })
})

it("a share that changed is said once, with what was gained and lost", () => {
  const said: Array<NodeEvent> = []
  let partitions = [0, 1]
  const look = shareEvents(
    (event) => said.push(event),
    () => [{ group: "chained", partitions }],
  )
  look()
  look()
  partitions = [1, 2]
  look()
  expect(said.map(({ details }) => details)).toEqual([
    { gained: [0, 1], lost: [] },
    { gained: [2], lost: [0] },
  ])
})

it("a line is one line of JSON, bounded, whatever the error says", () => {
  const cause = new Error(`first\nsecond ${"x".repeat(10_000)}`)
  const line = lineOf("assay", { code: "seal.failed", message: "sealing failed", partition: 3, cause }, new Date(0))
  expect(line).not.toContain("\n")
  expect(line.length).toBeLessThan(2_500)
  expect(JSON.parse(line)).toMatchObject({
    time: "1970-01-01T00:00:00.000Z",
    level: "error",
    service: "assay",
    code: "seal.failed",
    partition: 3,
    message: expect.stringMatching(/^sealing failed: first\nsecond x+$/),
    verdicts: "Decisions go on. They cannot be proven until they are sealed.",
    runbook: "docs/guides/operations.md#alert-assayunsealedaudit",
  })
})
