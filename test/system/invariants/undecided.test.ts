/** Our own fault is nobody else's: what a stage fails at is undecided, alike in both topologies, and a replay agrees. */
import { closeVerifyPool, type Driver, findingsOf } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import type { AnyStage, StageName } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

/** The stage fails at one message of one device. */
const failingAt =
  (name: StageName, device: string, seq: number) =>
  (stages: ReadonlyArray<AnyStage>): ReadonlyArray<AnyStage> =>
    stages.map((stage) => {
      if (stage.name !== name) return stage
      const logic = stage.logic.get(1)!
      const judge: typeof logic.judge = (entry, state, facts, states) => {
        const judgement = logic.judge(entry, state, facts, states)
        const claims = entry.message.claims ?? (judgement.rejection === undefined ? judgement.enrich?.claims : null)
        if (claims?.kind === "message" && claims.iss === device && claims.seq === seq)
          throw new Error("a mistake of ours")
        return judgement
      }
      return { ...stage, logic: new Map([[1, { ...logic, judge }]]) }
    })

/** Three devices speak in turn; the stage fails at one message of the second. */
const story = async (name: StageName, topology: "chained" | "staged"): Promise<Driver> => {
  const world = aWorld("undecided")
  const devices = ["a", "b", "c"].map((name, ordinal) => world.device(name, { ordinal }))
  const adapt = failingAt(name, devices[1]!.did, 3)
  const driver = await openDriver(world, { topology, adapt })
  for (const device of devices) await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 12; n++) for (const device of devices) await driver.say(device.did, device.message())
  await driver.settle()
  return driver
}

it.each(["identity", "integrity", "anomaly"] as const)(
  "a fault in %s",
  async (name) => {
    const chained = await story(name, "chained")
    const staged = await story(name, "staged")
    const undecided = chained.decided.filter(({ decision }) => decision.outcome === "undecided")
    expect(undecided.map(({ decision }) => decision.reasons)).toEqual([["engine.fault"]])
    const [kept, ...more] = await chained.undecided()
    expect(more).toEqual([])
    expect(kept?.origin).toEqual(undecided[0]!.origin)
    expect(kept?.detail).toContain("a mistake of ours")
    // One decision for each message, and the same ones.
    expect(new Map([...findingsOf(staged.decided)].sort())).toEqual(new Map([...findingsOf(chained.decided)].sort()))
    for (const driver of [chained, staged]) {
      const report = await driver.replay()
      expect(report).toMatchObject({ differing: 0, agreed: driver.decided.length })
      expect(report.superseding.map(({ derived }) => derived)).toEqual([expect.stringContaining("undecided still")])
    }
    // With the fault mended, a replay says what it comes to; everything else agrees as before.
    const mended = await chained.replay((stages) => stages)
    expect(mended).toMatchObject({ differing: 0, agreed: chained.decided.length })
    const [superseding] = mended.superseding
    expect(superseding).toMatchObject({ origin: kept!.origin, recorded: "undecided [engine.fault]" })
    expect(superseding!.derived).toMatch(/^(verified|annotated)/)
    await chained.close()
    await staged.close()
  },
  120_000,
)
