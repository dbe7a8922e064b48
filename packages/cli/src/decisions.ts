/** Waits for the decisions on messages that were just handed over, in the streams that keep them. */
import type { Log } from "@assay/log"
import { decodeAudit, decodeRejected, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin, Outcome } from "@assay/trust"
import { formatOrigin } from "./origin.ts"

export interface Decided {
  readonly origin: string
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<string>
}

/** A rejected message has no audit event of its own: strangers must not be able to fill that stream one by one. */
export const WATCHED = [STREAMS.audit, STREAMS.rejected] as const
type Watched = (typeof WATCHED)[number]

/** By stream, where each partition ends. */
export type Ends = Readonly<Record<Watched, ReadonlyArray<number>>>

const endsOf = (log: Log, stream: Watched): Promise<ReadonlyArray<number>> =>
  Promise.all(
    Array.from({ length: log.partitions }, async (_, partition) => (await log.bounds({ stream, partition })).end),
  )

/** Taken before messages are handed over, their decisions lie behind these. */
export const decisionEnds = async (log: Log): Promise<Ends> => ({
  [STREAMS.audit]: await endsOf(log, STREAMS.audit),
  [STREAMS.rejected]: await endsOf(log, STREAMS.rejected),
})

/** The decision that a record holds, by the offset of its message; null for one that holds none. */
const decisionIn = (stream: Watched, value: Uint8Array): { readonly at: Origin; readonly decided: Decided } | null => {
  if (stream === STREAMS.rejected) {
    const { origin, reasons } = decodeRejected(value)
    return { at: origin, decided: { origin: formatOrigin(origin), outcome: "rejected", reasons } }
  }
  const { kind, origin, decision } = decodeAudit(value)
  if (kind !== "decision" || decision?.kind !== "original") return null
  return { at: origin, decided: { origin: formatOrigin(origin), outcome: decision.outcome, reasons: decision.reasons } }
}

/**
 * Waits until each message is decided, but no longer than `signal` allows.
 * @param ends what `decisionEnds` gave before the messages were handed over
 * @param progress is called with how many are decided, whenever that has changed
 * @returns in the order of the origins; null for one that is not decided yet
 */
export const decisionsOf = async (
  log: Log,
  ends: Ends,
  origins: ReadonlyArray<Origin>,
  signal: AbortSignal,
  progress: (decided: number) => void,
): Promise<ReadonlyArray<Decided | null>> => {
  const found = new Map<string, Decided>()
  const follow = async (stream: Watched, partition: number, pending: Set<number>, all: AbortController) => {
    const at = { stream, partition }
    const until = AbortSignal.any([signal, all.signal])
    for (let next = ends[stream][partition] ?? 0; !until.aborted; ) {
      const records = await log.read(at, next, 256, 1 << 20)
      for (const { value } of records) {
        const decision = readable(() => decisionIn(stream, value))
        if (decision === null || !pending.delete(decision.at.offset)) continue
        found.set(decision.decided.origin, decision.decided)
      }
      if (pending.size === 0) all.abort()
      if (records.length > 0) {
        next = records.at(-1)!.offset + 1
        progress(found.size)
      } else await log.waitFor(at, next, until)
    }
  }
  const partitions = Map.groupBy(origins, ({ partition }) => partition)
  await Promise.all(
    [...partitions].flatMap(([partition, its]) => {
      const pending = new Set(its.map(({ offset }) => offset))
      const all = new AbortController()
      return WATCHED.map((stream) => follow(stream, partition, pending, all))
    }),
  )
  return origins.map((origin) => found.get(formatOrigin(origin)) ?? null)
}
