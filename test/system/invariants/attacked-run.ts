/** A small fleet under every attack, with operators at work: the run that others over the same entries are compared with. */
import { ATTACKS } from "@assay/fleet"
import type { Driver } from "@assay/testkit/driver"
import { runFleet } from "@assay/testkit/fleet"
import { operatorsAtWork } from "./operators.ts"

/** @param options of the driver, besides its partitions */
export const attackedRun = async (
  options: Omit<NonNullable<Parameters<typeof runFleet>[1]>, "partitions"> = {},
): Promise<Driver> => {
  const { driver, world } = await runFleet(
    { attacks: ATTACKS, messages: 60, scale: { learn: 10, flood: 60, crowd: 20 } },
    { ...options, partitions: 2 },
  )
  await operatorsAtWork(driver, world)
  return driver
}
