/** One play of operators, time and restless devices, from which every trust state and every verb comes about. */
import type { World } from "@assay/fleet"
import type { Driver } from "@assay/testkit/driver"
import type { Verb } from "@assay/trust"

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Signs with as many operators as asked, each above its last sequence. */
export const commander = (driver: Driver, world: World) => {
  // Above what the attacks of the catalogue use.
  let seq = 5_000
  return async (verb: Verb, target: string, signers = 2): Promise<void> => {
    seq++
    driver.now += 20
    await driver.command(
      ...world.operators.slice(0, signers).map((operator) => world.command(operator, { verb, target, seq })),
    )
  }
}

/** Ends with everything decided. Nothing is drained in between but the enrolment: batches may hold several commands. */
export const operatorsAtWork = async (driver: Driver, world: World): Promise<void> => {
  const order = commander(driver, world)
  const [held, revoked, drifting, silent] = ["held", "revoked", "drifting", "silent"].map((name, ordinal) =>
    world.device(`operators ${name}`, { ordinal }),
  ) as [
    ReturnType<World["device"]>,
    ReturnType<World["device"]>,
    ReturnType<World["device"]>,
    ReturnType<World["device"]>,
  ]
  const devices = [held, revoked, drifting, silent]
  for (const device of devices) await driver.say(device.did, device.presentation())
  await driver.settle()
  for (let n = 0; n < 40; n++) for (const device of devices) await driver.say(device.did, device.message())

  // Quarantined by one operator; what it says meanwhile is held, then released by two.
  await order("quarantine", held.did, 1)
  await order("quarantine", revoked.did, 1)
  for (let n = 0; n < 3; n++) for (const device of [held, revoked]) await driver.say(device.did, device.message())
  await order("release", held.did, 1)
  await order("release", held.did)
  await order("release", revoked.did)
  for (let n = 0; n < 20; n++) await driver.say(held.did, held.message())
  await order("quarantine", revoked.did, 1)
  for (let n = 0; n < 2; n++) await driver.say(revoked.did, revoked.message())
  await order("revoke", revoked.did)
  await driver.say(revoked.did, revoked.message())
  await order("release", revoked.did)

  // Values that no weather has, and a rhythm of its own: two families of suspicion quarantine, time releases.
  for (let n = 0; n < 60; n++) {
    const values = {
      temperature: n % 2 === 0 ? -39 : 59,
      pressure: n % 2 === 0 ? 851 : 1099,
      wind: n % 2 === 0 ? 0 : 89,
    }
    await driver.say(drifting.did, drifting.message({ values }))
  }
  await driver.tick(15 * MINUTE)
  for (let n = 0; n < 20; n++) await driver.say(drifting.did, drifting.message())
  for (let n = 0; n < 2; n++) await driver.tick(DAY)
  await driver.tick(8 * DAY)
  await driver.tick(MINUTE)
  await driver.settle()
}
