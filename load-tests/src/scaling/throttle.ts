/**
 * A process gets a share of a core, as a container with a CPU limit does: in each tenth of a second it runs for its share and
 * sleeps for the rest. So an instance has a capacity of its own, and a second one adds to it, also on a small machine.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Instance } from "../cluster/instance.ts"

const PERIOD_MS = 100

export interface Throttled {
  /** Lets it run as it likes again. */
  stop(): Promise<void>
}

/** @param share of a core, above 0 and at most 1 */
export const throttle = (instance: Instance, share: number): Throttled => {
  const stopping = new AbortController()
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(PERIOD_MS * share)
      // One that is to end must run, or it cannot.
      if (instance.pid === null || !instance.wanted || stopping.signal.aborted) continue
      instance.signal("SIGSTOP")
      await sleep(PERIOD_MS * (1 - share))
      instance.signal("SIGCONT")
    }
    instance.signal("SIGCONT")
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
