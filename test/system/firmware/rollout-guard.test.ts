/** A wave whose devices misbehave: the statistics of the class come back signed, and name the firmware as the common cause. */
import { startCohorts } from "@assay/cohort"
import { publishKnowledge } from "@assay/engine"
import { type Device, World } from "@assay/fleet"
import { signBundle } from "@assay/knowledge"
import { signerOfKey } from "@assay/signing"
import { actor } from "@assay/testkit/actors"
import { closeVerifyPool } from "@assay/testkit/driver"
import { openDriver, START } from "@assay/testkit/fleet"
import { afterAll, expect, it } from "vitest"

afterAll(closeVerifyPool)

const WINDOW = 60_000
const world = new World({ seed: "rollout guard", now: START, maker: true, clockSeconds: 1_000_000 })
const aggregator = actor()

it("is reported with the wave, and moves nobody by itself", async () => {
  const driver = await openDriver(world)
  const cohorts = startCohorts({
    log: driver.log,
    key: signerOfKey(aggregator.key),
    publish: async (signed) => {
      await publishKnowledge(driver.log, "cohort", signed)
    },
    windowMs: WINDOW,
    now: () => driver.now,
    onProblem: (message, cause) => {
      throw new Error(message, { cause })
    },
  })
  try {
    const bundle = { ...world.bundle, version: 10, aggregators: [aggregator.did] }
    await publishKnowledge(driver.log, "bundle", signBundle(bundle, world.roots.slice(0, 2)))
    const devices = Array.from({ length: 17 }, (_, n) => world.device(`one of a wave ${n}`, { firmware: "listed" }))
    const [, newer] = world.firmware().firmware!.releases
    const { status: _, ...claim } = newer!
    const updated = { ...devices[0]!.profile.firmware, ...claim }
    for (const device of devices) await driver.say(device.did, device.presentation())
    await driver.settle()
    await cohorts.settled()
    const window = async (
      wind: (device: Device, n: number) => number,
      fw?: (n: number) => typeof updated,
    ): Promise<void> => {
      for (const [n, device] of devices.entries()) {
        const said = { iat: Math.floor(driver.now / 1000), values: { wind: wind(device, n) } }
        await driver.say(device.did, device.message({ ...said, fw: fw?.(n) ?? device.profile.firmware }))
      }
      await driver.settle()
      await cohorts.settled()
      await driver.tick(2 * WINDOW)
      await cohorts.check()
      await driver.settle()
    }
    for (let n = 0; n < 6; n++) await window((_, device) => 5 + ((device + n) % 3))
    expect((await driver.audit()).filter(({ kind }) => kind === "incident")).toEqual([])
    const own = devices[0]!.profile.firmware
    await window(
      (_, n) => (n < 9 ? 60 : 5 + (n % 3)),
      (n) => (n < 9 ? updated : own) as typeof updated,
    )
    const incidents = (await driver.audit())
      .filter(({ kind }) => kind === "incident")
      .map(({ detail }) => JSON.parse(detail!))
    expect(incidents.filter(({ what }) => what.includes("common cause"))).toEqual([
      expect.objectContaining({
        version: "2.1.0",
        devices: 9,
        misbehaving: 9,
        others: 8,
        othersMisbehaving: 0,
        waves: ["next"],
      }),
    ])
    expect(await driver.replay()).toMatchObject({ differences: [] })
  } finally {
    await cohorts.stop()
    await driver.close()
  }
}, 60_000)
