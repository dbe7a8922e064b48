/** A version of judgement comes into force by an entry that the roots signed; replay judges each entry as it was judged. */
import { publishKnowledge } from "@assay/engine"
import { dsseSign } from "@assay/jose"
import { LOGIC_TYPE } from "@assay/knowledge"
import { closeVerifyPool, type Driver, findingsOf } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { type AnyStage, controlDetailOf, type Judgement, type LogicVersions } from "@assay/trust"
import { afterAll, describe, expect, it } from "vitest"

const STEP_MS = 120_000
afterAll(closeVerifyPool)

const world = aWorld("logic versions")
const FIRST: LogicVersions = { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 }

/** integrity-hasher with a second version, which doubts everything. */
const withSecond = (stages: ReadonlyArray<AnyStage>): ReadonlyArray<AnyStage> =>
  stages.map((stage) => {
    const [newest] = [...stage.logic.keys()].toSorted((a, b) => b - a)
    if (stage.name !== "integrity") return stage
    const first = stage.logic.get(newest!)!
    const second: typeof first = {
      ...first,
      judge: (...given): Judgement<unknown> => {
        const judged = first.judge(...given)
        if (judged.rejection !== undefined) return judged
        return {
          ...judged,
          verdict: { ...judged.verdict, outcome: "warn", reasons: ["integrity.chain_gap"], logic: 99 },
        }
      },
    }
    return { ...stage, logic: new Map([...stage.logic, [99, second]]) }
  })

const choose = async (driver: Driver, version: number, logic: Partial<LogicVersions>, signers = 2): Promise<void> => {
  const body = Buffer.from(JSON.stringify({ version, logic: { ...FIRST, ...logic } }))
  driver.now += 20
  await publishKnowledge(driver.log, "logic", dsseSign(LOGIC_TYPE, body, world.roots.slice(0, signers)))
  await driver.settle()
}

const run = async (topology: "chained" | "staged"): Promise<Driver> => {
  const driver = await openDriver(world, { topology, adapt: withSecond, batchRecords: () => 7 })
  const device = world.device("judged")
  const say = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) await driver.say(device.did, device.message())
  }
  await driver.say(device.did, device.presentation())
  await driver.settle()
  await say(5)
  await choose(driver, 1, { integrity: 99 }, 1)
  await say(3)
  await choose(driver, 1, { integrity: 99 })
  await say(4)
  await driver.settle()
  await driver.restart()
  await say(2)
  await choose(driver, 2, {})
  await say(3)
  await driver.settle()
  return driver
}

describe.each(["chained", "staged"] as const)("a choice of logic versions, %s", (topology) => {
  it(
    "counts from its entry on, over restarts, back again, and only where a threshold of the roots signed",
    async () => {
      const driver = await run(topology)
      try {
        const decisions = (await driver.audit()).filter(({ kind }) => kind === "decision")
        const used = decisions.map(({ verdicts }) => verdicts.find(({ stage }) => stage === "integrity")?.logic)
        const one = used[0]
        expect(used).toEqual([...Array(9).fill(one), ...Array(6).fill(99), ...Array(3).fill(one)])
        const outcomes = (await driver.audit()).flatMap((event) => {
          const detail = controlDetailOf(event)
          return detail?.kind === "activation" && detail.item === "logic" ? [event.reasons] : []
        })
        expect(outcomes).toEqual([["control.knowledge_unsigned"], [], []])
        expect(await driver.replay()).toMatchObject({ differing: 0 })
        // Other batches, the other topology: the same verdicts.
        const other = await driver.again({
          topology: topology === "staged" ? "chained" : "staged",
          batchRecords: () => 500,
        })
        try {
          await other.settle()
          expect([...findingsOf(other.decided)]).toEqual([...findingsOf(driver.decided)])
        } finally {
          await other.close()
        }
        // A version of Assay without it judges nothing by another.
        await expect(driver.replay((stages) => stages)).rejects.toThrow(/integrity is to judge by version 99/)
      } finally {
        await driver.close()
      }
    },
    STEP_MS,
  )
})

it("is read strictly: every stage, whole numbers, nothing else", { timeout: STEP_MS }, async () => {
  const driver = await openDriver(world)
  try {
    for (const text of [
      '{"version":1}',
      '{"version":1,"logic":{"identity":1}}',
      JSON.stringify({ version: 1, logic: { ...FIRST, anomaly: 0 } }),
      JSON.stringify({ version: 1, logic: { ...FIRST, sealer: 1 } }),
      JSON.stringify({ version: 1, logic: FIRST, expires: 1 }),
    ]) {
      const signed = dsseSign(LOGIC_TYPE, Buffer.from(text), world.roots.slice(0, 2))
      await publishKnowledge(driver.log, "logic", signed)
      await driver.settle()
      expect((await driver.audit()).at(-1)).toMatchObject({ count: 0, reasons: ["control.knowledge_malformed"] })
    }
  } finally {
    await driver.close()
  }
})
