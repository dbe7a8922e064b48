/** What became of control entries: read from the audit stream, so that whoever sent one need not look for it. */
import type { Log } from "@assay/log"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin, ReasonCode } from "@assay/trust"

/** How one partition judged one control entry. */
export interface ControlOutcome {
  readonly origin: Origin
  readonly accepted: boolean
  readonly reasons: ReadonlyArray<ReasonCode>
}

/** Where audit.events ends in each partition. Taken before an entry is appended, its outcome lies behind these. */
export const auditEnds = (log: Log): Promise<ReadonlyArray<number>> =>
  Promise.all(
    Array.from(
      { length: log.partitions },
      async (_, partition) => (await log.bounds({ stream: STREAMS.audit, partition })).end,
    ),
  )

/**
 * Waits until each entry has its outcome in the audit stream, but no longer than `signal` allows.
 * @param ends what `auditEnds` gave before the entries were appended
 * @returns the outcomes in the order of the origins; null for one that is not decided yet
 */
export const outcomesOf = (
  log: Log,
  ends: ReadonlyArray<number>,
  origins: ReadonlyArray<Origin>,
  signal: AbortSignal,
): Promise<ReadonlyArray<ControlOutcome | null>> =>
  Promise.all(origins.map((origin) => outcomeOf(log, ends[origin.partition] ?? 0, origin, signal)))

const outcomeOf = async (
  log: Log,
  from: number,
  origin: Origin,
  signal: AbortSignal,
): Promise<ControlOutcome | null> => {
  const at = { stream: STREAMS.audit, partition: origin.partition }
  for (let next = from; !signal.aborted; ) {
    const records = await log.read(at, next, 256, 1 << 20)
    for (const record of records) {
      const event = decodeAudit(record.value)
      if (event.kind === "control" && event.origin.offset === origin.offset)
        return { origin, accepted: event.count === 1, reasons: event.reasons }
    }
    if (records.length > 0) next = records.at(-1)!.offset + 1
    else await log.waitFor(at, next, signal)
  }
  return null
}
