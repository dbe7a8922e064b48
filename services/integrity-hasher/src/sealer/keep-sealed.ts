/**
 * Keeps a log sealed beside the stages that judge. On a log of its own a directory that cannot be sealed in ends the start, for
 * the log itself lies there. On a shared one judging must go on without: it is tried again for as long as the process lives,
 * and reported by `alarm` (not ready) and by the age of what is unsealed (an alert).
 */
import { setTimeout as delay } from "node:timers/promises"
import type { Log } from "@assay/log"
import type { Witnesses } from "@assay/witness"
import { type RunningSealers, startSealers } from "./start.ts"
import { unsealedAge } from "./unsealed.ts"

/** A former process may have to end first, or somebody brings the directory back. */
const RETRY_MS = 5_000

/** @throws what `startSealers` does, on a log of its own only */
export const keepSealed = async (
  log: Log,
  dir: string,
  onProblem: (cause: unknown) => void,
  witnesses: Witnesses | null = null,
  keys: ReadonlyArray<string> = [],
  retryMs = RETRY_MS,
): Promise<RunningSealers> => {
  if (!log.traits.shared) return startSealers(log, dir, onProblem, witnesses, keys)
  const stopping = new AbortController()
  const ages = new Array<number>(log.partitions).fill(0)
  let running: RunningSealers | null = null
  let problem: unknown = null

  const start = async (): Promise<void> => {
    try {
      running = await startSealers(log, dir, onProblem, witnesses, keys)
    } catch (cause) {
      problem = cause
      onProblem(cause)
    }
  }
  const measure = async (): Promise<void> => {
    for (let partition = 0; partition < ages.length; partition++)
      ages[partition] = await unsealedAge(log, partition, Date.now())
  }
  const again = async (): Promise<void> => {
    while (running === null && !stopping.signal.aborted) {
      await measure().catch(onProblem)
      await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (!stopping.signal.aborted) await start()
    }
  }
  await start()
  const done = again()
  return {
    settled: async () => {
      if (running === null) throw problem
      await running.settled()
    },
    stop: async () => {
      stopping.abort()
      await done
      await running?.stop()
    },
    alarm: () =>
      running === null
        ? `nothing is sealed here, and it is tried again: ${problem instanceof Error ? problem.message : String(problem)}`
        : running.alarm(),
    seals: () =>
      running === null
        ? ages.map((unsealedAgeMs, partition) => ({ partition, unsealedAgeMs, leaves: null, stopped: false }))
        : running.seals(),
  }
}
