/**
 * The one stage runner: a batch of one partition, judged by one stage or by all five, then outputs, state and position in
 * ONE commit. While a batch is judged and made durable, the next is parsed and its signatures are verified off-thread.
 *
 * A commit that fails leaves nothing behind; the runner then rejects, and whoever started it restores it from the log.
 */

import { type Output, refuseLost, type StreamPartition } from "@assay/log"
import { changelogOf, STREAMS } from "@assay/streams"
import { type RawEntry, toRawEntry } from "../order/entries.ts"
import type { ChangelogWriter } from "../state/changelog.ts"
import type { Progress } from "../state/progress.ts"
import type { SnapshotWriter } from "../state/snapshot/writer.ts"
import type { Collector } from "./collector.ts"
import { Pace } from "./commit-pace.ts"
import { attachEvidence } from "./evidence.ts"
import { findQuarantined } from "./find-decided.ts"
import { JudgingError } from "./judging-error.ts"
import { BATCH_BYTES, batchRecordsOf, lingerOf } from "./limits.ts"
import { type Opened, openPartition } from "./open-partition.ts"
import { type BatchDone, groupOf, inputOf, type RunnerOptions } from "./options.ts"
import { type Excused, type Pipeline, type PreparedBatch, prepareBatch } from "./pipeline.ts"
import { issueReleases } from "./releases.ts"
import { type BatchSpan, NO_TRACER, traced } from "./tracer.ts"
import { Suspects } from "./undecided-after-restores.ts"

export { type BatchDone, groupOf, type RunnerOptions } from "./options.ts"

interface Ahead extends Progress {
  readonly startedAt: number
  readonly entries: number
  readonly span: BatchSpan
  readonly work: Promise<PreparedBatch>
  /** For a batch of one entry that was found to be what the stages fail at. */
  readonly excused: Excused | null
}

const READ_AHEAD = 2
const NEVER = new AbortController().signal

export class StageRunner {
  readonly group: string
  readonly pipeline: Pipeline
  private readonly options: RunnerOptions
  private readonly writer: ChangelogWriter
  private readonly input: StreamPartition
  private readonly changelog: string
  private readonly snapshots: SnapshotWriter | null
  private readonly suspects: Suspects
  private position: number
  /** Of all that was read, committed or not. */
  private lastTime: number

  private constructor(options: RunnerOptions, opened: Opened) {
    this.options = options
    this.pipeline = opened.pipeline
    this.writer = opened.writer
    this.snapshots = opened.snapshots
    this.suspects = options.suspects ?? new Suspects()
    this.position = opened.from.next
    this.lastTime = opened.from.lastTime
    this.group = groupOf(options.stages)
    this.input = inputOf(options)
    this.changelog = changelogOf(this.group)
  }

  /**
   * Takes the partition, restores its state, and goes on where both agree.
   * @throws ConfigurationError where position and state do not belong together, or the roots are not those of the state
   * @throws LostRecordsError where records are gone that the group has not read, or the stream ends before what it has
   * @throws Error where a record of the changelog cannot be read
   */
  static async open(options: RunnerOptions): Promise<StageRunner> {
    return new StageRunner(options, await openPartition(options))
  }

  get partition(): number {
    return this.options.partition
  }

  /** The next offset of the input that is not yet decided. */
  get next(): number {
    return this.position
  }

  /** Runs until `signal` aborts; finishes the batch in hand. Rejects where a commit failed or another runner took over. */
  async run(signal: AbortSignal): Promise<void> {
    const ahead: Array<Ahead> = []
    const { log, lingerMs = lingerOf(log.traits), batchRecords = batchRecordsOf(log.traits) } = this.options
    const pace = new Pace(lingerMs, batchRecords)
    try {
      await this.passSuspects(signal)
      let readFrom = this.position
      while (!signal.aborted) {
        if (ahead.length === 0) await pace.rest(signal)
        while (ahead.length < READ_AHEAD) {
          const batch = await this.readAhead(readFrom)
          if (batch === null) break
          ahead.push(batch)
          readFrom = batch.next
          if (pace.isFew(batch.entries)) break
        }
        const batch = ahead.shift()
        if (batch === undefined) await this.idle(readFrom, signal)
        else {
          pace.begins(batch.entries)
          await this.finish(batch)
        }
      }
      await this.snapshots?.stop()
    } finally {
      await this.snapshots?.abandon()
      for (const batch of ahead) batch.span.end({ entries: 0 })
      await Promise.allSettled(ahead.map((batch) => batch.work))
    }
  }

  /** Judges everything now on the input, then returns. For tests and the topology driver. */
  async drain(): Promise<void> {
    await this.passSuspects(NEVER)
    for (;;) {
      const batch = await this.readAhead(this.position)
      if (batch === null) return
      await this.finish(batch)
    }
  }

  /** Judges one by one what runners before this one could not judge together. */
  private async passSuspects(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.suspects.isSuspect(this.position)) {
      const batch = await this.readAhead(this.position, 1, this.suspects.excuseFor(this.position))
      if (batch === null) return
      await this.finish(batch)
    }
  }

  /** Waits for records at or after `from`, and uses the time for the snapshot that is being taken. */
  private async idle(from: number, signal: AbortSignal): Promise<void> {
    let over = false
    const waiting = this.options.log.waitFor(this.input, from, signal).finally(() => {
      over = true
    })
    waiting.catch(() => undefined) // awaited below; until then it must not count as unhandled
    while (!over && this.snapshots !== null && (await this.snapshots.ready())) if (!over) this.snapshots.slice()
    await waiting
  }

  private async readAhead(from: number, most?: number, excused: Excused | null = null): Promise<Ahead | null> {
    const { log, stages, partition } = this.options
    const { batchRecords = batchRecordsOf(log.traits), batchBytes = BATCH_BYTES, tracer = NO_TRACER } = this.options
    const startedAt = performance.now()
    const records = await log.read(this.input, from, most ?? batchRecords, batchBytes)
    if (records.length === 0) return null
    const span = tracer.begin({ group: this.group, ...this.input }, records)
    const first = this.input.stream === STREAMS.submitted
    const raw: Array<RawEntry> = []
    for (const record of records) {
      const entry = toRawEntry(record, first, log.epoch, partition, this.lastTime)
      // Between the stages an entry brings its time along, and whoever may write there could bring any.
      this.lastTime = Math.max(this.lastTime, first ? entry.time : record.time)
      raw.push(entry)
    }
    const whole = records[0]!.offset === from ? undefined : refuseLost(log, this.input, from)
    const preparing = excused?.slot === 0 ? { raw, prepared: [] } : prepareBatch(stages, raw)
    const work = Promise.all([preparing, whole]).then(([prepared]) => prepared)
    work.catch(() => undefined) // awaited in finish; until then it must not count as unhandled
    const next = records.at(-1)!.offset + 1
    return { next, lastTime: this.lastTime, startedAt, entries: raw.length, span, work, excused }
  }

  private async finish(batch: Ahead): Promise<void> {
    let done: BatchDone
    try {
      done = await this.judgeAndCommit(batch)
    } catch (error) {
      batch.span.end({ entries: 0, error })
      if (error instanceof JudgingError) this.suspects.failed(this.position, batch.next, batch.excused, error)
      throw error
    }
    batch.span.end({ entries: done.entries })
    this.suspects.passed(batch.excused, done.decided.length > 0)
    this.options.onBatch?.(done)
  }

  private async judgeAndCommit(batch: Ahead): Promise<BatchDone> {
    const { log, partition } = this.options
    const prepared = await batch.work
    const collected = await this.pipeline.process(prepared, batch.excused)
    await issueReleases(collected, (origin) => findQuarantined(log, origin))
    await attachEvidence(log, collected.proofs, collected.events)
    const { outputs, truncateBefore } = this.encode(collected, batch)
    const before = performance.now()
    const { offsets } = await log.commit(partition, {
      group: this.group,
      stream: this.input.stream,
      from: this.position,
      next: batch.next,
      outputs: log.traits.headers ? traced(outputs, batch.span) : outputs,
      truncate: truncateBefore === null ? [] : [{ stream: this.changelog, before: truncateBefore }],
    })
    this.position = batch.next
    this.snapshots?.committed({
      next: batch.next,
      lastTime: batch.lastTime,
      changelogOffset: offsets.at(-1)!,
      runner: () => this.pipeline.track.encode(),
    })
    if (this.writer.needsEnd) this.writer.committed((await log.bounds({ stream: this.changelog, partition })).end)
    const now = performance.now()
    return {
      partition,
      group: this.group,
      entries: prepared.raw.length,
      ms: now - batch.startedAt,
      commitMs: now - before,
      decided: collected.decided,
      events: collected.events,
      undecided: collected.undecidedEntries,
      deadLetters: outputs.find(({ stream }) => stream === STREAMS.deadletter)?.records.length ?? 0,
    }
  }

  /** @throws JudgingError where what the stages made cannot be written */
  private encode(
    collected: Collector,
    batch: Ahead,
  ): { readonly outputs: ReadonlyArray<Output>; readonly truncateBefore: number | null } {
    const { stages } = this.options
    let slot = stages.length - 1
    try {
      const made = collected.toOutputs()
      slot = 0 // whose state it is that cannot be written is not known, so none of them counts
      const { records, truncateBefore } = this.writer.take(this.pipeline.track, batch)
      return { outputs: [...made, { stream: this.changelog, records }], truncateBefore }
    } catch (cause) {
      throw new JudgingError(stages[slot]!.name, slot, cause)
    }
  }
}
