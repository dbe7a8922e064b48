/** Devices that speak through a CSE, each by an AE and a container of its own. */
import type { Device, World } from "@assay/fleet"
import { registerAe, type TestAe } from "@assay/testkit/onem2m"

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

export const aeIdOf = (n: number): string => `CDevice${n}`

/** The devices of a world by the AE-ID that each speaks through. */
export const bindings = (world: World, count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [aeIdOf(n), deviceOf(world, n).did]))

export const deviceOf = (world: World, n: number): Device => world.device(`onem2m ${n}`, { ordinal: n })

/** Registers the AEs and shows the devices' credentials. */
export const register = async (
  url: string,
  world: World,
  count: number,
): Promise<ReadonlyArray<{ readonly device: Device; readonly ae: TestAe; readonly presentation: Uint8Array }>> => {
  const talkers = []
  for (let n = 0; n < count; n++) {
    const device = deviceOf(world, n)
    const ae = await registerAe(url, aeIdOf(n))
    const presentation = device.presentation(undefined, nowSeconds()).bytes
    await ae.say(Buffer.from(presentation).toString())
    talkers.push({ device, ae, presentation })
  }
  return talkers
}
