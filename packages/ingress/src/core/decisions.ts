/** Waits for the decisions on messages that were just handed over, in the streams that keep them. */
import type { Log } from "@assay/log"
import { decodeAudit, decodeRejected, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin, Outcome } from "@assay/trust"

export interface DecidedMessage {
  readonly origin: Origin
  readonly outcome: Outcome
  readonly reasons: ReadonlyArray<string>
}

/** A rejected message has no audit event of its own: strangers must not be able to fill that stream one by one. */
export const DECISION_STREAMS = [STREAMS.audit, STREAMS.rejected] as const
type Watched = (typeof DECISION_STREAMS)[number]

/** By stream, where each partition ends. */
export type DecisionEnds = Readonly<Record<Watched, ReadonlyArray<number>>>

const READ = 256
/** Many may wait at once, each with a read in memory. */
const READ_BYTES = 64 << 10

const endsOf = (log: Log, stream: Watched): Promise<ReadonlyArray<number>> =>
  Promise.all(
    Array.from({ length: log.partitions }, async (_, partition) => (await log.bounds({ stream, partition })).end),
  )

/** Taken before messages are handed over, their decisions lie behind these. @throws ForbiddenError, UnavailableError */
export const decisionEnds = async (log: Log): Promise<DecisionEnds> => ({
  [STREAMS.audit]: await endsOf(log, STREAMS.audit),
  [STREAMS.rejected]: await endsOf(log, STREAMS.rejected),
})

/** The decision that a record holds; null for one that holds none. */
const decisionIn = (stream: Watched, value: Uint8Array): DecidedMessage | null => {
  if (stream === STREAMS.rejected) {
    const { origin, reasons } = decodeRejected(value)
    return { origin, outcome: "rejected", reasons }
  }
  const { kind, origin, decision } = decodeAudit(value)
  if (kind !== "decision" || decision?.kind !== "original") return null
  return { origin, outcome: decision.outcome, reasons: decision.reasons }
}

/**
 * Waits until each message is decided, but no longer than `signal` allows.
 * @param ends what `decisionEnds` gave before the messages were handed over
 * @param progress is called with how many are decided, whenever that may have changed
 * @returns in the order of the origins; null for one that is not decided yet
 */
export const decisionsOf = async (
  log: Log,
  ends: DecisionEnds,
  origins: ReadonlyArray<Origin>,
  signal: AbortSignal,
  progress: (decided: number) => void = () => undefined,
): Promise<ReadonlyArray<DecidedMessage | null>> => {
  const found = new Map<string, DecidedMessage>()
  const nameOf = ({ partition, offset }: Origin): string => `${partition}/${offset}`
  const follow = async (stream: Watched, partition: number, pending: Set<number>, all: AbortController) => {
    const at = { stream, partition }
    const until = AbortSignal.any([signal, all.signal])
    for (let next = ends[stream][partition] ?? 0; !until.aborted; ) {
      const records = await log.read(at, next, READ, READ_BYTES)
      for (const { value } of records) {
        const decided = readable(() => decisionIn(stream, value))
        if (decided !== null && pending.delete(decided.origin.offset)) found.set(nameOf(decided.origin), decided)
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
      return DECISION_STREAMS.map((stream) => follow(stream, partition, pending, all))
    }),
  )
  return origins.map((origin) => found.get(nameOf(origin)) ?? null)
}
