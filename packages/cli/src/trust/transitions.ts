/** Why devices entered the state that they are in: their audit events, found by their time instead of by reading the stream. */
import type { Log } from "@assay/log"
import { decodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AuditEvent, controlDetailOf } from "@assay/trust"
import { recordsOf } from "../open-log.ts"
import { operatorWords } from "../operator.ts"

/** Stages write side by side, so their events are not quite in the order of time. */
const UNORDERED = 4_096
/** An event this much later ends the search: what is looked for is no longer kept. */
const LATER_MS = 600_000

/** The first offset from which on events are of `time` or later, but for what is out of order. */
const offsetAt = async (log: Log, partition: number, time: number): Promise<number> => {
  const at = { stream: STREAMS.audit, partition }
  const { start, end } = await log.bounds(at)
  let low = start
  let high = end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = await log.read(at, middle, 1, 1)
    if (record === undefined || record.offset >= high) high = middle
    else if (decodeAudit(record.value).time < time) low = record.offset + 1
    else high = middle
  }
  return Math.max(start, low - UNORDERED)
}

/**
 * What caused it: its transition; or, where a quarantined device was quarantined once more, the command or the message that
 * did it, which the record has without a transition.
 */
interface Candidates {
  transition: AuditEvent | null
  command: AuditEvent | null
  decision: AuditEvent | null
}

const consider = (found: Candidates, event: AuditEvent, did: string): void => {
  if (event.kind === "transition" && event.device === did) found.transition = event
  if (event.kind === "decision" && event.device === did) found.decision ??= event
  const detail = controlDetailOf(event)
  if (detail?.kind === "command" && detail.target === did && event.count === 1) found.command = event
}

/**
 * The reasons for which the device entered its state at `since`, with the operator's words first where a command caused it;
 * null where the events of that time are no longer kept.
 */
export const becauseOf = async (
  log: Log,
  partition: number,
  did: string,
  since: number,
): Promise<ReadonlyArray<string> | null> => {
  const found: Candidates = { transition: null, command: null, decision: null }
  let left = UNORDERED
  for await (const record of recordsOf(log, STREAMS.audit, partition, await offsetAt(log, partition, since))) {
    const event = decodeAudit(record.value)
    if (event.time === since) consider(found, event, did)
    // What belongs to it stands beside it, on either side.
    if (found.transition !== null || found.command !== null || found.decision !== null) left--
    if (left === 0 || event.time > since + LATER_MS) break
  }
  const words = found.command === null ? null : operatorWords(found.command)
  const reasons = found.transition?.reasons ?? (words === null ? found.decision?.decision?.reasons : undefined)
  if (words === null) return reasons ?? null
  return [words, ...(reasons ?? [])]
}
