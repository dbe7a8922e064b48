/** What became of control entries: read from the audit stream, so that whoever sent one need not look for it. */
import type { IncomingMessage } from "node:http"
import type { Log } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Origin, ReasonCode } from "@assay/trust"
import type { Answer } from "../route.ts"

/** A control entry is usually decided within milliseconds; a caller waits no longer than this, unless it asks for more. */
const OUTCOME_S = 10
/** Below the five minutes after which common clients and proxies give up on an answer. */
const MAX_WAIT_S = 240

/** How long the caller is ready to wait for the outcome: `Prefer: wait=SECONDS` (RFC 7240, section 4.3). */
const waitMsOf = ({ headers }: IncomingMessage): number => {
  const prefer = [headers["prefer"] ?? ""].flat().join(",")
  const [, seconds] = /(?:^|,)\s*wait=(\d{1,9})\s*(?:[,;]|$)/i.exec(prefer) ?? []
  return Math.min(seconds === undefined ? OUTCOME_S : Number(seconds), MAX_WAIT_S) * 1_000
}

/** How one partition judged one control entry. */
export interface ControlOutcome {
  readonly origin: Origin
  readonly accepted: boolean
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Its place in audit.events, in the partition of the origin. */
  readonly recorded: number
}

/**
 * Sends, then waits for the outcomes. 200 with `accepted` where all partitions have judged, else 202: the entries are
 * durable, and the audit stream will tell.
 */
export const judged = async (
  log: Log,
  request: IncomingMessage,
  accepted: (outcomes: ReadonlyArray<ControlOutcome>) => boolean,
  send: () => Promise<{ readonly origins: ReadonlyArray<Origin> }>,
): Promise<Answer> => {
  const ends = await auditEnds(log)
  const sent = await send()
  const outcomes = await outcomesOf(log, ends, sent.origins, AbortSignal.timeout(waitMsOf(request)))
  const known = outcomes.filter((outcome) => outcome !== null)
  if (known.length < outcomes.length) return { status: 202, body: { ...sent, accepted: null, outcomes: known } }
  return { status: 200, body: { ...sent, accepted: accepted(known), outcomes: known } }
}

/** Where audit.events ends in each partition. Taken before an entry is appended, its outcome lies behind these. */
const auditEnds = (log: Log): Promise<ReadonlyArray<number>> =>
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
const outcomesOf = (
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
      const event = readable(() => decodeAudit(record.value))
      if (event?.kind === "control" && event.origin.offset === origin.offset)
        return { origin, accepted: event.count === 1, reasons: event.reasons, recorded: record.offset }
    }
    if (records.length > 0) next = records.at(-1)!.offset + 1
    else await log.waitFor(at, next, signal)
  }
  return null
}
