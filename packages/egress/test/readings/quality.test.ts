import { decodeQualityRow, encodeQualityRow } from "@assay/schemas"
import { message } from "@assay/testkit/samples"
import type { ReasonCode } from "@assay/trust"
import { expect, it } from "vitest"
import { Quality } from "../../src/readings/quality.ts"
import { decidedWith, reading } from "./support.ts"

const MINUTE = Math.floor(message.time / 60_000) * 60_000

const chained = (offset: number, reasons: ReadonlyArray<ReasonCode>) =>
  decidedWith(offset, {}, [reading("a"), reading("b")], {
    verdicts: {
      ...decidedWith(offset, {}).verdicts,
      integrity: { ...message.verdicts.integrity!, reasons },
    },
  })

it("counts by minute, class, zone and outcome, and rows add up", () => {
  const quality = new Quality(3)
  quality.add(chained(1, []))
  quality.add(chained(2, ["integrity.chain_gap"]))
  quality.add(chained(3, ["integrity.chain_pending"]))
  quality.add(decidedWith(4, { outcome: "quarantined" }))
  quality.add(decidedWith(5, { kind: "released", outcome: "annotated" }))
  quality.add(decidedWith(6, {}, [], { time: MINUTE + 60_000 }))
  const rows = quality.rows(99)
  expect(rows).toMatchObject([
    {
      minute: MINUTE,
      partition: 3,
      vendor: "acme",
      class: "pump",
      zone: "press",
      outcome: "verified",
      messages: 3,
      readings: 6,
      gaps: 1,
      pending: 1,
      broken: 0,
      released: 0,
    },
    { minute: MINUTE, outcome: "quarantined", messages: 1, readings: 1 },
    { minute: MINUTE, outcome: "annotated", messages: 1, released: 1 },
    { minute: MINUTE + 60_000, outcome: "verified", messages: 1, readings: 0 },
  ])
  for (const row of rows) {
    expect(row.next).toBe(99)
    expect(decodeQualityRow(encodeQualityRow(row))).toEqual(row)
  }
})

it("measures the delay between the device's clock and the log, and none where that clock is ahead", () => {
  const quality = new Quality(0)
  const at = (iat: number) => decidedWith(1, {}, [], { claims: { ...message.claims!, iat } as never })
  quality.add(at(message.time / 1000 - 3))
  quality.add(at(message.time / 1000 - 1))
  quality.add(at(message.time / 1000 + 10))
  expect(quality.rows(1)[0]).toMatchObject({ messages: 3, delayMsSum: 4_000, delayMsMax: 3_000 })
})

it("passes over what tells of no data: presentations, and what is not decided", () => {
  const quality = new Quality(0)
  quality.add(decidedWith(1, {}, [], { claims: { kind: "presentation" } as never }))
  quality.add({ ...message, decision: null })
  quality.add(decidedWith(1, {}, [], { claims: null }))
  expect(quality.rows(1)).toEqual([])
})
