import { KINDS } from "@assay/fleet"
import { NO_KNOWLEDGE } from "@assay/trust"
import { expect, it } from "vitest"
import { judgeKind, sharesOf } from "../../src/evaluate/honest.ts"
import { freshStage } from "../../src/evaluate/stage-only.ts"

it("gives out at least the days that are asked for, and to no kind more messages than it may have", () => {
  const shares = sharesOf(KINDS, 100_000)
  const days = shares.reduce((sum, one) => sum + one.machines * one.days, 0)
  expect(days).toBeGreaterThanOrEqual(100_000)
  expect(days).toBeLessThan(105_000)
  for (const { kind, machines, days: run } of shares) {
    expect(run).toBeGreaterThanOrEqual(kind.days)
    expect(machines * run * kind.perDay).toBeLessThan(500_000)
  }
})

it("counts what became of an honest machine, and calls nothing wrong of one that was verified", () => {
  const kind = KINDS.find(({ name }) => name === "tide")!
  const figures = judgeKind(freshStage(), NO_KNOWLEDGE, { kind, machines: 2, days: 5 }, "test")
  expect(figures).toMatchObject({ deviceDays: 10, messages: 2 * (5 * 96 - 20), quarantines: 0, wrong: [] })
})
