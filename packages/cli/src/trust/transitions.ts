/** Why devices entered the state that they are in: their audit events, found by their time instead of by reading the stream. */
import type { Log, StreamPartition } from "@assay/log"
import { decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AuditEvent, controlDetailOf } from "@assay/trust"
import { recordsOf } from "../open-log.ts"
import { operatorWords } from "../operator-words.ts"

/** Stages write side by side, so their events are not quite in the order of time. */
const UNORDERED = 4_096
/** An event this much later ends the search: what is looked for is no longer kept. */
const LATER_MS = 600_000

/** The first event in `[from, before)`, and where it stands; null where there is none. */
const eventFrom = async (log: Log, at: StreamPartition, from: number, before: number) => {
  for (let next = from; next < before; ) {
    const [record] = await log.read(at, next, 1, 1)
    if (record === undefined || record.offset >= before) return null
    const event = readable(() => decodeAudit(record.value))
    if (event !== null) return { event, offset: record.offset }
    next = record.offset + 1
  }
  return null
}

/** The first offset from which on events are of `time` or later, but for what is out of order. */
const offsetAt = async (log: Log, partition: number, time: number): Promise<number> => {
  const at = { stream: STREAMS.audit, partition }
  const { start, end } = await log.bounds(at)
  let low = start
  let high = end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await eventFrom(log, at, middle, high)
    if (found === null) high = middle
    else if (found.event.time < time) low = found.offset + 1
    else high = middle
  }
  return Math.max(start, low - UNORDERED)
}

/** When each device entered its state, by DID. */
type Wanted = ReadonlyMap<string, number>

/** Null: no longer kept. */
type Because = ReadonlyArray<string> | null

/**
 * What caused it: its transition; or, where a quarantined device was quarantined once more, the command or the message that
 * did it, which the record has without a transition.
 */
interface Candidates {
  transition: AuditEvent | null
  command: AuditEvent | null
  decision: AuditEvent | null
}

const newCandidates = (): Candidates => ({ transition: null, command: null, decision: null })

const isFound = ({ transition, command, decision }: Candidates): boolean =>
  transition !== null || command !== null || decision !== null

/** The device that an event is about, as the one whom it happened to or as the target of an accepted command. */
const deviceOf = (event: AuditEvent): string | null => {
  const detail = controlDetailOf(event)
  return detail?.kind === "command" && event.count === 1 ? detail.target : event.device
}

/** Puts an event to its device, where it is of the time at which that entered its state. @returns how many were found first by it */
const consider = (found: ReadonlyMap<string, Candidates>, wanted: Wanted, event: AuditEvent): number => {
  const device = deviceOf(event)
  if (device === null || wanted.get(device) !== event.time) return 0
  const its = found.get(device)!
  const before = isFound(its)
  if (event.kind === "control") its.command = event
  else if (event.kind === "transition") its.transition = event
  else if (event.kind === "decision") its.decision ??= event
  return !before && isFound(its) ? 1 : 0
}

const reasonsOf = ({ transition, command, decision }: Candidates): Because => {
  const words = command === null ? null : operatorWords(command)
  const reasons = transition?.reasons ?? (words === null ? decision?.decision?.reasons : undefined)
  if (words === null) return reasons ?? null
  return [words, ...(reasons ?? [])]
}

/** Reads from where the earliest of them stands until all are found, with what belongs to them, or are no longer kept. */
const search = async (log: Log, partition: number, wanted: Wanted): Promise<ReadonlyMap<string, Because>> => {
  const found = new Map([...wanted.keys()].map((did) => [did, newCandidates()]))
  const times = [...wanted.values()]
  const from = await offsetAt(log, partition, Math.min(...times))
  const end = Math.max(...times) + LATER_MS
  let left = UNORDERED
  let open = found.size
  for await (const record of recordsOf(log, STREAMS.audit, partition, from)) {
    const event = readable(() => decodeAudit(record.value))
    if (event === null) continue
    open -= consider(found, wanted, event)
    if (open === 0) left--
    if (left === 0 || event.time > end) break
  }
  return new Map([...found].map(([did, candidates]) => [did, reasonsOf(candidates)]))
}

/**
 * The reasons for which each device entered its state, with the operator's words first where a command caused it; null where
 * the events of that time are no longer kept. Few are looked up one by one; many, in one reading.
 * @param wanted when each entered its state, by DID
 */
export const becauseOf = async (log: Log, partition: number, wanted: Wanted): Promise<ReadonlyMap<string, Because>> => {
  if (wanted.size === 0) return new Map()
  const { start, end } = await log.bounds({ stream: STREAMS.audit, partition })
  if (wanted.size * 2 * UNORDERED >= end - start) return search(log, partition, wanted)
  const found = new Map<string, Because>()
  for (const [did, since] of wanted)
    for (const [, because] of await search(log, partition, new Map([[did, since]]))) found.set(did, because)
  return found
}
