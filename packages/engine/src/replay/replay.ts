/**
 * Re-derives every decision from `submitted` alone, with fresh state, and compares it with what the audit stream says.
 * Writes nothing. That both agree is invariant 5 on live data.
 */
import type { Kinds } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { decodeAudit, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AnyStage, Decision, Origin, RootSet } from "@assay/trust"
import { newMessage, type RawEntry, toRawEntry } from "../order/entries.ts"
import { restoreTrack } from "../order/track.ts"
import { placeOf } from "../runner/audit.ts"
import { JudgingError } from "../runner/judging-error.ts"
import { type Excused, Pipeline, prepareBatch } from "../runner/pipeline.ts"
import { StateTable } from "../state/table.ts"

export interface Difference {
  readonly origin: Origin
  readonly recorded: string
  readonly derived: string
}

export interface ReplayReport {
  readonly decisions: number
  readonly agreed: number
  /** Recorded, but not derived; the other way round; or differing. At most `MAX_DIFFERENCES`. */
  readonly differences: ReadonlyArray<Difference>
  readonly differing: number
  /**
   * What the messages that Assay failed at come to now. They are no violation: the record says `undecided`, and the replay
   * goes on from there as the stages did, so that all that came later can agree.
   */
  readonly superseding: ReadonlyArray<Difference>
}

const MAX_DIFFERENCES = 100
const RECORDS = 512
const BYTES = 8 << 20

const describe = (decision: Pick<Decision, "outcome" | "reasons" | "trust">): string =>
  `${decision.outcome} [${decision.reasons.join(", ")}]${decision.trust === null ? "" : ` while ${decision.trust}`}`

const scan = async (log: Log, stream: string, partition: number, each: (value: Uint8Array) => void): Promise<void> => {
  const at = { stream, partition }
  const { start, end } = await log.bounds(at)
  for (let next = start; next < end; ) {
    const records = await log.read(at, next, RECORDS, BYTES)
    if (records.length === 0) return
    for (const record of records) each(record.value)
    next = records.at(-1)!.offset + 1
  }
}

interface Recorded {
  /** By offset. */
  readonly decisions: Map<number, string>
  /** Entries that a stage failed at, and the place of that stage. */
  readonly failed: ReadonlyMap<number, number>
}

const recordedIn = async (log: Log, partition: number): Promise<Recorded> => {
  const decisions = new Map<number, string>()
  const failed = new Map<number, number>()
  await scan(log, STREAMS.audit, partition, (value) => {
    const event = decodeAudit(value)
    if (event.kind === "decision" && event.decision?.kind === "original")
      decisions.set(event.origin.offset, describe(event.decision))
    if (event.kind === "incident" && event.reasons.includes("engine.fault"))
      failed.set(event.origin.offset, placeOf(event))
  })
  await scan(log, STREAMS.rejected, partition, (value) => {
    const rejected = decodeRejected(value)
    if (rejected.origin.offset < 0) return // found between the stages: it never was on submitted
    decisions.set(rejected.origin.offset, describe({ outcome: "rejected", reasons: rejected.reasons, trust: null }))
  })
  return { decisions, failed }
}

interface Part {
  readonly raw: ReadonlyArray<RawEntry>
  readonly excused: Excused | null
}

/** The entries in order; one that a stage failed at stands alone. */
const partsOf = (raw: ReadonlyArray<RawEntry>, failed: Recorded["failed"]): ReadonlyArray<Part> => {
  const parts: Array<Part> = []
  let from = 0
  for (let index = 0; index < raw.length; index++) {
    const slot = failed.get(raw[index]!.origin.offset)
    if (slot === undefined) continue
    if (index > from) parts.push({ raw: raw.slice(from, index), excused: null })
    parts.push({ raw: [raw[index]!], excused: { slot, detail: "as recorded" } })
    from = index + 1
  }
  if (from < raw.length) parts.push({ raw: raw.slice(from), excused: null })
  return parts
}

/** The message as it was submitted: what is found out about one is not known to the other. */
const again = ({ origin, time, message }: Extract<RawEntry, { kind: "message" }>): RawEntry => ({
  kind: "message",
  origin,
  time,
  message: newMessage(origin, time, message.key, message.envelope),
})

/** What the stages make of an entry now, beside everything else; null where it is no message. */
const judgedAnew = async (pipeline: Pipeline, record: RawEntry): Promise<string | null> => {
  const { stages, table, track } = pipeline
  const beside = new Pipeline({ stages, table: table.fork(), track })
  try {
    const { decided } = await beside.process(await prepareBatch(stages, [record]))
    return decided[0] === undefined ? null : describe(decided[0].decision)
  } catch (cause) {
    if (cause instanceof JudgingError) return `undecided still: ${cause.message}`
    throw cause
  }
}

/** @param onProgress entries judged so far */
export const replay = async (
  log: Log,
  roots: RootSet,
  stagesFor: (partition: number) => ReadonlyArray<AnyStage>,
  onProgress: (entries: number) => void = () => undefined,
  kinds?: Kinds,
): Promise<ReplayReport> => {
  const differences: Array<Difference> = []
  const superseding: Array<Difference> = []
  let decisions = 0
  let agreed = 0
  let differing = 0
  let entries = 0
  const differ = (difference: Difference): void => {
    differing++
    if (differences.length < MAX_DIFFERENCES) differences.push(difference)
  }
  for (let partition = 0; partition < log.partitions; partition++) {
    const { decisions: recorded, failed } = await recordedIn(log, partition)
    const stages = stagesFor(partition)
    const track = restoreTrack(log, partition, null, roots, kinds)
    const pipeline = new Pipeline({ stages, table: new StateTable(stages), track })
    const at = { stream: STREAMS.submitted, partition }
    const { start, end } = await log.bounds(at)
    let time = 0
    for (let next = start; next < end; ) {
      const records = await log.read(at, next, RECORDS, BYTES)
      if (records.length === 0) break
      const raw: Array<RawEntry> = []
      for (const record of records) {
        const entry = toRawEntry(record, true, log.epoch, partition, time)
        time = entry.time
        raw.push(entry)
      }
      for (const part of partsOf(raw, failed)) {
        if (part.excused !== null) {
          const [entry] = part.raw
          const { origin } = entry!
          const derived = entry!.kind === "message" ? await judgedAnew(pipeline, again(entry!)) : null
          if (derived !== null && superseding.length < MAX_DIFFERENCES)
            superseding.push({ origin, recorded: recorded.get(origin.offset) ?? "nothing", derived })
        }
        const prepared =
          part.excused?.slot === 0 ? { raw: part.raw, prepared: [] } : await prepareBatch(stages, part.raw)
        const { decided } = await pipeline.process(prepared, part.excused)
        pipeline.table.takeDirty()
        for (const { origin, decision } of decided) {
          decisions++
          const derived = describe(decision)
          const found = recorded.get(origin.offset)
          recorded.delete(origin.offset)
          if (found === derived) agreed++
          else differ({ origin, recorded: found ?? "nothing", derived })
        }
      }
      next = records.at(-1)!.offset + 1
      entries += records.length
      onProgress(entries)
    }
    for (const [offset, found] of recorded) {
      differ({ origin: { epoch: log.epoch, partition, offset }, recorded: found, derived: "nothing" })
    }
  }
  return { decisions, agreed, differences, differing, superseding }
}
