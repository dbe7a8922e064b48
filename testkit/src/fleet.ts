/** What the tests of the invariants share: one small fleet with every attack, and a node that has decided on it. */
import { fleetPlan, type PlanOptions, type Submission, World } from "@assay/fleet"
import { Driver, type DriverOptions } from "./driver.ts"

/** 2025-10-09T08:53:20Z: every run happens then. */
export const START = 1_760_000_000

export const aWorld = (seed: string): World => new World({ seed, now: START })

/** A node in which the world's bundle and policy are in force. */
export const openDriver = async (world: World, options: Partial<DriverOptions> = {}): Promise<Driver> => {
  const driver = await Driver.open({ roots: world.rootSet, now: START * 1000, ...options })
  await driver.know(world)
  return driver
}

export interface Run {
  readonly world: World
  readonly driver: Driver
  /** In the order of `submitted`, but for what Assay itself appended. */
  readonly submissions: ReadonlyArray<Submission>
}

/** Enrols the fleet, then runs it and all attacks to the end. */
export const runFleet = async (plan: Partial<PlanOptions>, options: Partial<DriverOptions> = {}): Promise<Run> => {
  const { world, enrolment, run } = fleetPlan({
    devices: 8,
    messages: 240,
    seed: "invariants",
    now: START,
    injections: 1,
    scale: { flood: 60, crowd: 20 },
    ...plan,
  })
  const driver = await openDriver(world, options)
  const first = [...enrolment()]
  await driver.submit(first)
  await driver.settle()
  const second = [...run()]
  await driver.submit(second)
  await driver.settle()
  return { world, driver, submissions: [...first, ...second] }
}
