/**
 * Derives everything again from `submitted` alone, with fresh state, and compares it with the record: each audit event with
 * all that it says (of a decision also the hash of the decided record, and so the whole message), and each rejected record.
 * Writes nothing. That both agree is invariant 5 on live data.
 */
import type { Kinds } from "@assay/knowledge"
import { type Log, type LogRecord, recordsIn } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { AnyStage, Origin, RootSet } from "@assay/trust"
import type { Seed } from "../epoch/move.ts"
import { type RawEntry, toRawEntry } from "../order/entries.ts"
import { untilOpening } from "../order/opening.ts"
import { restoreTrack } from "../order/track.ts"
import { decisionAt } from "../runner/audit.ts"
import { JudgingError } from "../runner/judging-error.ts"
import { Pipeline, prepareBatch } from "../runner/pipeline.ts"
import { issueReleases } from "../runner/releases.ts"
import { StateTable } from "../state/table.ts"
import { freshEntry, partsOf } from "./parts.ts"
import { type Derived, derivedOf, derivedRejection, describeDecision, recordedIn } from "./recorded.ts"

export interface Difference {
  readonly origin: Origin
  readonly recorded: string
  readonly derived: string
}

export interface ReplayReport {
  readonly decisions: number
  /** Decisions that agree in everything. */
  readonly agreed: number
  /** Whatever else was derived: transitions, outcomes of commands and activations, proofs, later decisions. */
  readonly others: number
  /** Recorded, but not derived; the other way round; or differing. At most `MAX_DIFFERENCES`. */
  readonly differences: ReadonlyArray<Difference>
  readonly differing: number
  /**
   * Of `differing`: those that name a device which was erased. An erasure takes nothing out of `submitted` nor out of the record,
   * so they are differences like any other; of what such a device's events hold beside their statement only a replay can tell.
   */
  readonly erased: number
  /**
   * What the messages that Assay failed at come to now. They are no violation: the record says `undecided`, and the replay
   * goes on from there as the stages did, so that all that came later can agree.
   */
  readonly superseding: ReadonlyArray<Superseding>
}

export interface Superseding extends Difference {
  /** The message as it would stand on the verified or annotated stream; null where it would on neither. */
  readonly record: Uint8Array | null
}

const MAX_DIFFERENCES = 100
/** Messages that Assay failed at, of which it is said what they come to. */
const MAX_SUPERSEDING = 10_000
const RECORDS = 512

/** What an entry comes to now, and the record that would stand on a decided stream; null where none that is issued would. */
interface Anew {
  readonly words: string
  readonly record: Uint8Array | null
}

/** What the stages make of an entry now, beside everything else; null where it is no message. */
const judgedAnew = async (pipeline: Pipeline, record: RawEntry): Promise<Anew | null> => {
  const { stages, table, track } = pipeline
  const beside = new Pipeline({ stages, table: table.fork(), track })
  try {
    const collected = await beside.process(await prepareBatch(stages, [record]))
    const [first] = collected.decided
    if (first === undefined) return null
    const { outcome } = first.decision
    const stream = outcome === "verified" || outcome === "annotated" ? STREAMS[outcome] : null
    const records = collected.toOutputs().find((output) => output.stream === stream)?.records ?? []
    return { words: describeDecision(first.decision), record: records[0]?.value ?? null }
  } catch (cause) {
    if (cause instanceof JudgingError) return { words: `undecided still: ${cause.message}`, record: null }
    throw cause
  }
}

/** Where a replay begins and what comes of it, for a log that goes on from another. */
export interface ReplayEpoch {
  /** What a partition begins with; nothing where it is left out. */
  readonly seed?: (partition: number) => Seed
  /** Entries from this offset on belong to the next epoch; left out: none do. */
  readonly until?: (partition: number) => number
  /** Called with what a partition ends with, before the next one begins. */
  readonly onEnd?: (partition: number, final: Seed) => void
}

/** @param onProgress entries judged so far */
export const replay = async (
  log: Log,
  roots: RootSet,
  stagesFor: (partition: number) => ReadonlyArray<AnyStage>,
  onProgress: (entries: number) => void = () => undefined,
  kinds?: Kinds,
  epoch: ReplayEpoch = {},
): Promise<ReplayReport> => {
  const differences: Array<Difference> = []
  const superseding: Array<Superseding> = []
  let decisions = 0
  let others = 0
  let agreed = 0
  let differing = 0
  let entries = 0
  let erased = 0
  const differ = (difference: Difference, device: string | null, by: ByDevice): void => {
    differing++
    by.add(device)
    if (differences.length < MAX_DIFFERENCES) differences.push(difference)
  }
  for (let partition = 0; partition < log.partitions; partition++) {
    const { things: recorded, failed } = await recordedIn(log, partition)
    const by = new ByDevice()
    const compare = (thing: Derived | null): void => {
      if (thing === null) return
      if (!thing.decides) others++
      const found = recorded.get(thing.name)
      recorded.delete(thing.name)
      if (found?.hash === thing.hash) agreed += thing.decides ? 1 : 0
      else differ({ origin: thing.origin, ...wordsOf(found, thing) }, thing.device, by)
    }
    const stages = stagesFor(partition)
    const seed = epoch.seed?.(partition) ?? { table: new StateTable(stages), runner: null, lastTime: 0 }
    const { table } = seed
    const track = restoreTrack(log, partition, seed.runner, roots, kinds, table.items())
    const pipeline = new Pipeline({ stages, table, track })
    let time = seed.lastTime
    const judge = async (raw: ReadonlyArray<RawEntry>): Promise<void> => {
      for (const part of partsOf(raw, failed)) {
        if (part.excused !== null) {
          const [entry] = part.raw
          const { origin } = entry!
          const now = entry!.kind === "message" ? await judgedAnew(pipeline, freshEntry(entry!)) : null
          if (now !== null && superseding.length < MAX_SUPERSEDING)
            superseding.push({
              origin,
              recorded: recorded.get(decisionAt(origin))?.words ?? "nothing",
              derived: now.words,
              record: now.record,
            })
        }
        const prepared =
          part.excused?.slot === 0 ? { raw: part.raw, prepared: [] } : await prepareBatch(stages, part.raw)
        const collected = await pipeline.process(prepared, part.excused)
        pipeline.table.takeDirty()
        for (const device of collected.erased) by.erase(device)
        await issueReleases(collected, log)
        decisions += collected.decided.length
        for (const event of collected.events) compare(derivedOf(event))
        for (const value of collected.rejectedRecords()) compare(derivedRejection(value))
      }
    }
    const batch: Array<LogRecord> = []
    const flush = async (): Promise<void> => {
      const raw: Array<RawEntry> = []
      for (const record of batch.splice(0, untilOpening(batch).length)) {
        const entry = toRawEntry(record, true, log.epoch, partition, time)
        time = entry.time
        raw.push(entry)
      }
      await judge(raw)
      entries += raw.length
      onProgress(entries)
    }
    for await (const record of recordsIn(log, STREAMS.submitted, partition, undefined, epoch.until?.(partition)))
      if (batch.push(record) === RECORDS) await flush()
    while (batch.length > 0) await flush()
    epoch.onEnd?.(partition, { table, runner: track.copy(), lastTime: time })
    for (const found of recorded.values())
      differ({ origin: found.origin, recorded: found.words, derived: "nothing" }, found.device, by)
    erased += by.erased
  }
  return { decisions, agreed, others, differences, differing, erased, superseding }
}

/** How many differences of one partition name each device: which devices are erased is known once all of it was read. */
class ByDevice {
  readonly #of = new Map<string, number>()
  readonly #erased = new Set<string>()

  add(device: string | null): void {
    if (device !== null) this.#of.set(device, (this.#of.get(device) ?? 0) + 1)
  }

  erase(device: string): void {
    this.#erased.add(device)
  }

  /** How many are of erased devices. */
  get erased(): number {
    let count = 0
    for (const device of this.#erased) count += this.#of.get(device) ?? 0
    return count
  }
}

/** Where the words agree, something that they do not show differs. */
const wordsOf = (found: Derived | undefined, thing: Derived): Pick<Difference, "recorded" | "derived"> => {
  if (found === undefined) return { recorded: "nothing", derived: thing.words }
  if (found.words !== thing.words) return { recorded: found.words, derived: thing.words }
  return { recorded: `${found.words}, with other particulars`, derived: thing.words }
}
