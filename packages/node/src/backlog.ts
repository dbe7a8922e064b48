/** How much is still to be judged. */
import type { Topology } from "@assay/engine"
import { type Log, lagOf } from "@assay/log"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { SERVICE_NAMES, STAGES } from "@assay/trust"

/** On a shared log each look is a question to a server. */
const BACKLOG_MS = 500
export const POLL_MS = { embedded: 5, kafka: 100 } as const

const groupsOf = (topology: Topology): ReadonlyArray<readonly [group: string, stream: string]> =>
  topology === "chained"
    ? [["chained", STREAMS.submitted]]
    : STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input])

/** What a group has still to read of a stream, in all partitions together. */
export const lagOfAll = async (log: Log, group: string, stream: string): Promise<number> => {
  const each = Array.from({ length: log.partitions }, (_, partition) => lagOf(log, group, { stream, partition }))
  return (await Promise.all(each)).reduce((sum, lag) => sum + lag, 0)
}

/** Asked in the order of the stages, so that nothing slips by between two. */
const openOnce = async (log: Log, topology: Topology): Promise<number> => {
  let open = 0
  for (const [group, stream] of groupsOf(topology)) open += await lagOfAll(log, group, stream)
  return open
}

/**
 * Entries that some stage has still to judge. Where none is found it is asked once more: a presentation that was judged between two
 * questions has left its admission on `submitted`, behind the first one. An admission leaves nothing there, so twice is enough.
 */
export const openWork = async (log: Log, topology: Topology): Promise<number> =>
  (await openOnce(log, topology)) || openOnce(log, topology)

/** Entries on `submitted` that the first stage has not committed yet; on a shared log as of a moment ago. */
export const backlogOf = (log: Log, topology: Topology): (() => Promise<number>) => {
  const [group, stream] = groupsOf(topology)[0]!
  if (!log.traits.shared) return () => lagOfAll(log, group, stream)
  let asked: { readonly at: number; readonly answer: Promise<number> } | null = null
  return () => {
    const now = performance.now()
    if (asked === null || now - asked.at > BACKLOG_MS) asked = { at: now, answer: lagOfAll(log, group, stream) }
    return asked.answer
  }
}
