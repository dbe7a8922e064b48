/** Waits until all that was submitted is judged. */
import { setTimeout as sleep } from "node:timers/promises"
import { UnavailableError } from "@assay/log"

export type Topology = "staged" | "chained"

const POLL_MS = 200

/**
 * Resolves when `open` says that nothing is left. Brokers may go and come meanwhile.
 * @throws Error where that takes longer than `withinMs`
 */
export const untilDone = async (
  open: () => Promise<number>,
  withinMs: number,
  progress: (open: number) => void = () => undefined,
): Promise<void> => {
  const deadline = performance.now() + withinMs
  for (;;) {
    const left = await open().catch((cause) => {
      if (cause instanceof UnavailableError) return Number.NaN
      throw cause
    })
    if (left === 0) return
    progress(left)
    if (performance.now() > deadline)
      throw new Error(`${left} entries are still not judged after ${Math.round(withinMs / 1000)} s`)
    await sleep(POLL_MS)
  }
}
