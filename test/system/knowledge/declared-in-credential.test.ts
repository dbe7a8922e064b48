/** A credential may declare of what kind a measurement is, and how often it comes: the last stage knows it by the admission. */
import type { MeasurementGrant } from "@assay/credentials"
import { closeVerifyPool } from "@assay/testkit/driver"
import { aWorld, openDriver } from "@assay/testkit/fleet"
import { afterAll, describe, expect, it } from "vitest"

afterAll(closeVerifyPool)

const world = aWorld("declared in credentials")
const ANYTHING = { name: `${world.measurements}*`, unit: null, min: null, max: null } as const
const deviceOf = (...measurements: ReadonlyArray<MeasurementGrant>) =>
  world.device("a meter", { credential: { kind: "good", measurements: [ANYTHING, ...measurements] } })
const TEMPERATURE = { ...ANYTHING, name: `${deviceOf().profile.prefix}temperature` }

describe.each(["chained", "staged"] as const)("%s", (topology) => {
  it("counts from the first message on, and until a credential that was issued later says otherwise", async () => {
    const driver = await openDriver(world, { partitions: 1, topology })
    const device = deviceOf({ ...TEMPERATURE, kind: "counter", period: 60 })
    let at = driver.now
    const say = async (...temperatures: ReadonlyArray<number>) => {
      const said = []
      for (const temperature of temperatures) {
        at += 1_000
        const bytes = device.message({ iat: Math.floor(at / 1000), values: { temperature } })
        said.push(await driver.say(device.did, bytes))
      }
      await driver.settle()
      return said.map((origin) =>
        driver.decidedAt(origin)!.decision.reasons.filter((code) => code !== "anomaly.learning"),
      )
    }
    try {
      await driver.say(device.did, device.presentation())
      await driver.settle()
      expect(await say(20, 21, 12)).toEqual([[], [], ["anomaly.counter_back"]])
      // The same terms again change nothing; others are another admission.
      const later = deviceOf().profile.credentials
      await driver.say(device.did, device.presentation(later, Math.floor(at / 1000) + 1))
      await driver.settle()
      expect((await say(22, 9, 30, 8)).flat()).toEqual([])
      expect(await driver.replay()).toMatchObject({ differing: 0 })
    } finally {
      await driver.close()
    }
  })

  it("is none of a credential that declares nothing", async () => {
    const driver = await openDriver(world, { partitions: 1, topology })
    const device = deviceOf()
    try {
      await driver.say(device.did, device.presentation())
      await driver.settle()
      for (const temperature of [20, 21, 12]) {
        const origin = await driver.say(device.did, device.message({ values: { temperature } }))
        await driver.settle()
        expect(driver.decidedAt(origin)!.decision.reasons).toEqual(["anomaly.learning"])
      }
    } finally {
      await driver.close()
    }
  })
})
