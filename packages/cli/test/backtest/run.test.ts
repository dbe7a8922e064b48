/** The real pipeline under the time of the file. */
import { DEFAULT_RULES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import type { Pack } from "../../src/backtest/read/packs.ts"
import type { BadLine } from "../../src/backtest/read/row.ts"
import { type BacktestOptions, backtest } from "../../src/backtest/run.ts"
import { Tally } from "../../src/backtest/tally.ts"
import type { Outcome } from "../../src/own-time/node.ts"

const START = Date.UTC(2019, 5, 1)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const run = async (lines: ReadonlyArray<string>, more: Partial<BacktestOptions> = {}) => {
  const outcomes: Array<Outcome<Pack>> = []
  const bad: Array<BadLine> = []
  const tally = new Tally()
  const result = await backtest({
    lines: (async function* () {
      yield* lines
    })(),
    deviceClass: "device",
    rules: null,
    onMessage: (outcome) => {
      outcomes.push(outcome)
      tally.add(outcome)
    },
    onBad: (one) => bad.push(one),
    onProgress: () => undefined,
    ...more,
  })
  return { outcomes, bad, tally, result }
}
const HEADER = "time,device,name,value,label"
const calm = (device: string, count: number, from = START): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, n) => `${from + n * MINUTE},${device},level,${20 + Math.sin(n)},0`)

describe("backtest", () => {
  it("verifies years later what would have been verified then, device by device, in the order of time", async () => {
    const { outcomes, result } = await run([HEADER, ...calm("one", 30), ...calm("two", 30)])
    expect(result).toMatchObject({ rows: 60, messages: 60, bad: 0 })
    expect(outcomes.map(({ tag }) => tag.at)).toEqual(outcomes.map(({ tag }) => tag.at).toSorted((a, b) => a - b))
    for (const device of ["one", "two"]) {
      const own = outcomes.filter(({ tag }) => tag.device === device)
      expect(own).toHaveLength(30)
      expect(own[0]!.decided.decision).toMatchObject({ outcome: "annotated", reasons: ["anomaly.learning"] })
      expect(own.at(-1)!.decided.decision).toMatchObject({ outcome: "verified", trust: "trusted" })
      expect(own.at(-1)!.decided.time).toBe(own.at(-1)!.tag.at)
    }
  })

  it("says what a jump would have come to, and compares it with the labels", async () => {
    const wild = Array.from({ length: 20 }, (_, n) => `${START + (30 + n) * MINUTE},one,level,${900 + 7 * n},1`)
    const { tally } = await run([HEADER, ...calm("one", 30), ...wild])
    const [device] = tally.devices()
    expect(device).toMatchObject({ device: "one", messages: 50, watches: 1, trust: "watched" })
    expect(tally.reasons().map(({ reason }) => reason)).toContain("anomaly.novel_range")
    expect(tally.reasons().find(({ reason }) => reason === "anomaly.novel_range")!.first).toMatchObject({ line: 32 })
    expect(tally.labels()).toMatchObject({ anomalous: 20, anomalousUnverified: 20, normal: 30 })
  })

  it("notices silence as a node does", async () => {
    const { outcomes } = await run([HEADER, ...calm("one", 30), ...calm("one", 2, START + 30 * DAY)])
    expect(outcomes.at(-2)!.decided.decision).toMatchObject({ outcome: "annotated", trust: "stale" })
    expect(outcomes.at(-2)!.moves).toEqual([{ from: "trusted", to: "stale" }])
  })

  it("judges by the profile that it is given", async () => {
    const rules = { ...DEFAULT_RULES, detectors: { ...DEFAULT_RULES.detectors, learnMessages: 20 } }
    const learned = async (given: typeof rules | null): Promise<number> =>
      (await run([HEADER, ...calm("one", 40)], { rules: given })).outcomes.findIndex(
        ({ decided }) => decided.decision.outcome === "verified",
      )
    expect(await learned(null)).toBe(8)
    expect(await learned(rules)).toBe(20)
  })

  it("takes what SenML would not: names with blanks, flags and texts", async () => {
    const lines = Array.from({ length: 12 }, (_, n) =>
      [
        `${START + n * MINUTE},a pump,Volume Flow,${n},`,
        `${START + n * MINUTE},a pump,open,true,`,
        `${START + n * MINUTE},a pump,state,idle,`,
      ].join("\n"),
    ).flatMap((text) => text.split("\n"))
    const { outcomes } = await run([HEADER, ...lines])
    expect(outcomes).toHaveLength(12)
    expect(outcomes.at(-1)!.decided.decision.outcome).toBe("verified")
  })

  it("goes on after a bad line, and has nothing to do without a good one", async () => {
    const { bad, result } = await run([HEADER, "soon,one,level,1,", ...calm("one", 3)])
    expect(bad).toEqual([{ line: 2, reason: "backtest.bad_time", text: "soon,one,level,1," }])
    expect(result).toMatchObject({ rows: 3, bad: 1 })
    await expect(run([HEADER, "soon,one,level,1,"])).rejects.toThrow(/no reading in it: 1 lines/)
  })
})
