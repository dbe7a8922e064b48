/** Devices that speak through a CSE, each by an AE and a container of its own. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Device, World } from "@assay/fleet"
import { CseRefusalError, CseUnreachableError } from "@assay/ingress/onem2m"
import { registerAe, type TestAe } from "@assay/testkit/onem2m"
import { nowSeconds } from "../now.ts"

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

export interface Talking {
  /** Devices sign nothing more; resolves with all messages when the CSE has them. */
  stop(): Promise<ReadonlyArray<Uint8Array>>
  /** Devices try nothing more. */
  abandon(): void
}

/** Between two attempts to hand a message to a CSE that does not answer. */
const AGAIN_MS = 300

/**
 * Each device signs a message, and keeps it until the CSE has it. One that the CSE may have is handed over again: a copy is
 * recognised.
 * @param everyMs between two messages of one device
 */
export const talk = (
  talkers: ReadonlyArray<{ readonly device: Device; readonly ae: TestAe }>,
  everyMs: number,
): Talking => {
  const sent: Array<Uint8Array> = []
  const stopping = new AbortController()
  let isAbandoned = false
  const handOver = async (ae: TestAe, bytes: Uint8Array): Promise<void> => {
    while (!isAbandoned) {
      try {
        await ae.say(Buffer.from(bytes).toString())
        return
      } catch (cause) {
        // While it starts it answers, and has nothing yet.
        if (!(cause instanceof CseUnreachableError || cause instanceof CseRefusalError)) throw cause
        await sleep(AGAIN_MS)
      }
    }
  }
  const one = async ({ device, ae }: { readonly device: Device; readonly ae: TestAe }): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { bytes } = device.message({ iat: nowSeconds() })
      sent.push(bytes)
      await handOver(ae, bytes)
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const all = Promise.all(talkers.map(one))
  return {
    stop: async () => {
      stopping.abort()
      await all
      return sent
    },
    abandon: () => {
      isAbandoned = true
      stopping.abort()
    },
  }
}
