/** Statistics of a class: computed from what was decided, signed, handed in, and judged by as an entry like any other. */
import { startCohorts } from "@assay/cohort"
import { publishKnowledge } from "@assay/engine"
import { signBundle } from "@assay/knowledge"
import { signerOfKey } from "@assay/signing"
import { actor } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const WINDOW = 60_000
const world = aWorld("cohorts")
const aggregator = actor()

describe.each(["chained", "staged"] as const)("%s", (topology) => {
  it("come round as entries, over a restart, and a replay comes to the same", async () => {
    const driver = await openDriver(world, { partitions: 2, topology })
    const problems: Array<unknown> = []
    const cohorts = startCohorts({
      log: driver.log,
      key: signerOfKey(aggregator.key),
      publish: async (signed) => {
        await publishKnowledge(driver.log, "cohort", signed)
      },
      windowMs: WINDOW,
      now: () => driver.now,
      onProblem: (message, cause) => problems.push([message, cause]),
    })
    try {
      const bundle = signBundle(
        { ...world.bundle, version: 10, aggregators: [aggregator.did] },
        world.roots.slice(0, 2),
      )
      await publishKnowledge(driver.log, "bundle", bundle)
      const devices = Array.from({ length: 9 }, (_, n) => world.device(`one of a class ${n}`, { ordinal: n }))
      for (const device of devices) await driver.say(device.did, device.presentation())
      await driver.settle()
      await cohorts.settled()
      const round = async (values: { readonly temperature: number }) => {
        const said = []
        for (const device of devices)
          said.push(
            await driver.say(device.did, device.message({ iat: Math.floor(driver.now / 1000), values: { ...values } })),
          )
        await driver.settle()
        await cohorts.settled()
        return said.map((origin) => driver.decidedAt(origin)!.decision)
      }
      for (let n = 0; n < 12; n++) await round({ temperature: 20 + (n % 3) })
      await driver.tick(2 * WINDOW)
      await cohorts.check()
      await driver.settle()
      const activated = (await driver.audit()).filter(
        ({ kind, detail, count }) => kind === "control" && count === 1 && detail?.includes('"item":"cohort"'),
      )
      // One in each partition; none is an incident, for the class has not moved.
      expect(activated.map(({ origin }) => origin.partition).sort()).toEqual([0, 1])
      expect((await driver.audit()).filter(({ kind }) => kind === "incident")).toEqual([])
      expect(problems).toEqual([])
      expect((await driver.replay()).differing).toBe(0)
    } finally {
      await cohorts.stop()
      await driver.close()
    }
  }, 60_000)
})
