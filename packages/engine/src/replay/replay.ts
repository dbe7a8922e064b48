/**
 * Re-derives every decision from `submitted` alone, with fresh state, and compares it with what the audit stream says.
 * Writes nothing. That both agree is invariant 5 on live data.
 */
import type { Log } from "@assay/log"
import { decodeAudit, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AnyStage, Decision, Origin, RootSet } from "@assay/trust"
import { type RawEntry, toRawEntry } from "../order/entries.ts"
import { Track } from "../order/track.ts"
import { Pipeline, prepareBatch } from "../runner/pipeline.ts"
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
}

const MAX_DIFFERENCES = 100
const RECORDS = 512
const BYTES = 8 << 20

const inWords = (decision: Pick<Decision, "outcome" | "reasons" | "trust">): string =>
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

const recordedDecisions = async (log: Log, partition: number): Promise<Map<number, string>> => {
  const recorded = new Map<number, string>()
  await scan(log, STREAMS.audit, partition, (value) => {
    const event = decodeAudit(value)
    if (event.kind === "decision" && event.decision?.kind === "original")
      recorded.set(event.origin.offset, inWords(event.decision))
  })
  await scan(log, STREAMS.rejected, partition, (value) => {
    const rejected = decodeRejected(value)
    if (rejected.origin.offset < 0) return // found between the stages: it never was on submitted
    recorded.set(rejected.origin.offset, inWords({ outcome: "rejected", reasons: rejected.reasons, trust: null }))
  })
  return recorded
}

/** @param onProgress entries judged so far */
export const replay = async (
  log: Log,
  roots: RootSet,
  stagesFor: (partition: number) => ReadonlyArray<AnyStage>,
  onProgress: (entries: number) => void = () => undefined,
): Promise<ReplayReport> => {
  const differences: Array<Difference> = []
  let decisions = 0
  let agreed = 0
  let differing = 0
  let entries = 0
  const differ = (difference: Difference): void => {
    differing++
    if (differences.length < MAX_DIFFERENCES) differences.push(difference)
  }
  for (let partition = 0; partition < log.partitions; partition++) {
    const recorded = await recordedDecisions(log, partition)
    const stages = stagesFor(partition)
    const track = await Track.restore(log, partition, null, roots)
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
      const { decided } = await pipeline.process(await prepareBatch(stages, raw))
      pipeline.table.takeDirty()
      for (const { origin, decision } of decided) {
        decisions++
        const derived = inWords(decision)
        const found = recorded.get(origin.offset)
        recorded.delete(origin.offset)
        if (found === derived) agreed++
        else differ({ origin, recorded: found ?? "nothing", derived })
      }
      next = records.at(-1)!.offset + 1
      entries += records.length
      onProgress(entries)
    }
    for (const [offset, found] of recorded) {
      differ({ origin: { epoch: log.epoch, partition, offset }, recorded: found, derived: "nothing" })
    }
  }
  return { decisions, agreed, differences, differing }
}
