/** How much of what was submitted no service has judged yet. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Log, lagOf, UnavailableError } from "@assay/log"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"

export type Topology = "staged" | "chained"

/** The consumer groups with what they read, in the order in which an entry passes them. */
export const groupsOf = (topology: Topology): ReadonlyArray<readonly [group: string, stream: string]> =>
  topology === "chained"
    ? [["chained", STREAMS.submitted]]
    : STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input])

/** Entries that some service has still to commit. Asked in the order of the stages, so that nothing slips by between two. */
export const openWork = async (log: Log, topology: Topology): Promise<number> => {
  let open = 0
  for (const [group, stream] of groupsOf(topology)) {
    const each = Array.from({ length: log.partitions }, (_, partition) => lagOf(log, group, { stream, partition }))
    for (const lag of await Promise.all(each)) open += lag
  }
  return open
}

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
