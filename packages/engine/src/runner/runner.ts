/**
 * The one stage runner: a batch of one partition, judged by one stage or by all five, then outputs, state and position in
 * ONE commit. It is prepared and judged in chunks, after each of which the event loop goes round; while a commit is under way
 * the next batch may be prepared, never judged.
 *
 * Of a commit that fails all is in the log or nothing; the runner then rejects. Whoever started it opens another one, which goes
 * on from the state that this one leaves in memory where the log agrees (`partition-state.ts`), and restores it from the log else.
 */

import { type LogRecord, type Output, refuseLost, type StreamPartition } from "@assay/log"
import { changelogOf, STREAMS } from "@assay/streams"
import { untilOpening } from "../order/opening.ts"
import type { SnapshotWriter } from "../state/snapshot/writer.ts"
import { Batch, turn } from "./batch.ts"
import type { Collector } from "./collector.ts"
import { Pace } from "./commit-pace.ts"
import { attachEvidence } from "./evidence.ts"
import { JudgingError } from "./judging-error.ts"
import { BATCH_BYTES, batchRecordsOf, lingerOf } from "./limits.ts"
import { type Opened, openPartition } from "./open-partition.ts"
import { type BatchDone, groupOf, inputOf, type RunnerOptions } from "./options.ts"
import type { PartitionState } from "./partition-state.ts"
import type { Excused, Pipeline } from "./pipeline.ts"
import { issueReleases } from "./releases.ts"
import { NO_TRACER, traced } from "./tracer.ts"
import { Suspects } from "./undecided-after-restores.ts"

export { type BatchDone, groupOf, type RunnerOptions } from "./options.ts"

const NEVER = new AbortController().signal

export class StageRunner {
  readonly group: string
  readonly pipeline: Pipeline
  /** For the next runner of the partition, once `run` has rejected; of use to nobody while this one is at work. */
  readonly state: PartitionState
  private readonly options: RunnerOptions
  private readonly input: StreamPartition
  private readonly changelog: string
  private readonly snapshots: SnapshotWriter | null
  private readonly suspects: Suspects
  private position: number
  /** Of all that is committed. */
  private lastTime: number
  /** Read and partly prepared while the last commit was under way. */
  private ahead: Batch | null = null

  private constructor(options: RunnerOptions, opened: Opened) {
    this.options = options
    this.pipeline = opened.pipeline
    this.state = opened.state
    this.snapshots = opened.state.parts.snapshots
    this.suspects = options.suspects ?? new Suspects()
    this.position = opened.state.reached.next
    this.lastTime = opened.state.reached.lastTime
    this.group = groupOf(options.stages)
    this.input = inputOf(options)
    this.changelog = changelogOf(this.group)
  }

  /**
   * Takes the partition, restores its state, and goes on where both agree.
   * @param left what the runner before this one left in this thread: its state need then not be restored where the log agrees.
   *   Never that of a runner which may still be at work
   * @throws ConfigurationError where position and state do not belong together, or the roots are not those of the state
   * @throws LostRecordsError where records are gone that the group has not read, or the stream ends before what it has
   * @throws Error where a record of the changelog cannot be read
   */
  static async open(options: RunnerOptions, left: PartitionState | null = null): Promise<StageRunner> {
    return new StageRunner(options, await openPartition(options, left))
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
    const { log, lingerMs = lingerOf(log.traits), batchRecords = batchRecordsOf(log.traits) } = this.options
    const pace = new Pace(lingerMs, batchRecords)
    try {
      await this.passSuspects(signal)
      while (!signal.aborted) {
        if (this.ahead === null) await pace.rest(signal)
        if (signal.aborted) break
        const { ahead } = this
        const batch = ahead === null ? await this.read(this.position, this.lastTime) : await this.filled(ahead)
        this.ahead = null
        if (batch === null) {
          await this.idle(this.position, signal)
          continue
        }
        pace.begins(batch.entries)
        await this.finish(batch, pace.isFew(batch.entries) ? null : signal)
      }
      await this.snapshots?.stop()
    } finally {
      await this.snapshots?.abandon()
      this.ahead?.span.end({ entries: 0 })
      this.ahead = null
    }
  }

  /** Judges everything now on the input, then returns. For tests and the topology driver. */
  async drain(): Promise<void> {
    await this.passSuspects(NEVER)
    for (;;) {
      const batch = await this.read(this.position, this.lastTime)
      if (batch === null) return
      await this.finish(batch, null)
    }
  }

  /** Judges one by one what runners before this one could not judge together. */
  private async passSuspects(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.suspects.isSuspect(this.position)) {
      const batch = await this.read(this.position, this.lastTime, 1, this.suspects.excuseFor(this.position))
      if (batch === null) return
      await this.finish(batch, null)
    }
  }

  /** Waits for records at or after `from`, and uses the time for the snapshot that is being taken. */
  private async idle(from: number, signal: AbortSignal): Promise<void> {
    const { snapshots } = this
    let over = false
    const waiting = this.options.log.waitFor(this.input, from, signal).finally(() => {
      over = true
    })
    waiting.catch(() => undefined) // awaited below; until then it must not count as unhandled
    while (!over && snapshots !== null && (await snapshots.ready())) if (!over) snapshots.slice()
    await waiting
  }

  /** @param lastTime of the entries before `from` */
  private async read(
    from: number,
    lastTime: number,
    most?: number,
    excused: Excused | null = null,
  ): Promise<Batch | null> {
    const { log, stages, partition, tracer = NO_TRACER } = this.options
    const records = await this.recordsFrom(from, most)
    if (records.length === 0) return null
    const span = tracer.begin({ group: this.group, ...this.input }, records)
    const whole = this.wholeFrom(from, records)
    const place = { first: this.input.stream === STREAMS.submitted, epoch: log.epoch, partition }
    return new Batch({ records, stages, place, lastTime, span, excused, whole })
  }

  private async recordsFrom(from: number, most?: number): Promise<ReadonlyArray<LogRecord>> {
    const { log, batchRecords = batchRecordsOf(log.traits), batchBytes = BATCH_BYTES } = this.options
    return untilOpening(await log.read(this.input, from, most ?? batchRecords, batchBytes))
  }

  /** Rejects where records before these are lost. */
  private wholeFrom(from: number, records: ReadonlyArray<LogRecord>): Promise<unknown> {
    return records[0]!.offset === from ? Promise.resolve() : refuseLost(this.options.log, this.input, from)
  }

  /**
   * Read at the beginning of a commit; what came during it is added, else it waited for one commit more. Not where records carry
   * traces: the span of the batch has begun with those that it has.
   */
  private async filled(ahead: Batch): Promise<Batch> {
    const { log, batchRecords = batchRecordsOf(log.traits) } = this.options
    const room = batchRecords - ahead.entries
    if (log.traits.headers || room <= 0 || ahead.isClosed) return ahead
    const records = await this.recordsFrom(ahead.next, room)
    if (records.length > 0) ahead.add(records, this.wholeFrom(ahead.next, records))
    return ahead
  }

  /** @param preparing set: the next batch is read and prepared while the commit is under way, until it aborts */
  private async finish(batch: Batch, preparing: AbortSignal | null): Promise<void> {
    let done: BatchDone
    try {
      done = await this.commit(batch, await this.judge(batch), preparing)
    } catch (error) {
      batch.span.end({ entries: 0, error })
      if (error instanceof JudgingError) this.suspects.failed(this.position, batch.next, batch.excused, error)
      throw error
    }
    batch.span.end({ entries: done.entries })
    this.suspects.passed(batch.excused, done.decided.length > 0)
    this.options.onBatch?.(done)
  }

  private async judge(batch: Batch): Promise<Collector> {
    const { log, onChunk } = this.options
    const collected = this.pipeline.collect()
    for (let chunk = await batch.take(); chunk !== null; chunk = await batch.take()) {
      await this.pipeline.judge(chunk, collected, batch.excused)
      onChunk?.()
      // Behind the last one comes the commit, which waits anyway.
      if (batch.hasMore) await turn()
    }
    collected.finish()
    await batch.whole
    await issueReleases(collected, log)
    await attachEvidence(log, collected.proofs, collected.events)
    return collected
  }

  private async commit(batch: Batch, collected: Collector, preparing: AbortSignal | null): Promise<BatchDone> {
    const { log, partition } = this.options
    const { outputs, truncateBefore } = this.encode(collected, batch)
    const { track } = this.state.parts
    const before = performance.now()
    const committing = log.commit(partition, {
      group: this.group,
      stream: this.input.stream,
      from: this.position,
      next: batch.next,
      outputs: log.traits.headers ? traced(outputs, batch.span) : outputs,
      truncate: truncateBefore === null ? [] : [{ stream: this.changelog, before: truncateBefore }],
    })
    if (preparing !== null) this.ahead = await this.prepareDuring(committing, batch, preparing)
    const changelogOffset = (await committing).offsets.at(-1)!
    this.state.committed(changelogOffset)
    this.snapshots?.committed({
      next: batch.next,
      lastTime: batch.lastTime,
      changelogOffset,
      runner: () => track.encode(),
    })
    if (this.state.needsEnd) this.state.endsAt((await log.bounds({ stream: this.changelog, partition })).end)
    const now = performance.now()
    // Last: who reads it has heard, or hears next, of the batches before it.
    this.position = batch.next
    this.lastTime = batch.lastTime
    return {
      partition,
      group: this.group,
      next: batch.next,
      entries: batch.entries,
      ms: now - batch.startedAt,
      commitMs: now - before,
      decided: collected.decided,
      events: collected.events,
      undecided: collected.undecidedEntries,
      deadLetters: outputs.find(({ stream }) => stream === STREAMS.deadletter)?.records.length ?? 0,
    }
  }

  /** Reads the next batch and prepares it piece by piece, for as long as the commit takes. Never rejects. */
  private async prepareDuring(
    committing: Promise<unknown>,
    { next, lastTime }: Batch,
    signal: AbortSignal,
  ): Promise<Batch | null> {
    let over = false
    const end = (): void => {
      over = true
    }
    committing.then(end, end)
    let ahead: Batch | null = null
    try {
      ahead = await this.read(next, lastTime)
      while (ahead !== null && !over && !signal.aborted && (await ahead.prepareAhead())) await turn()
      return ahead
    } catch {
      // Whatever it was, it comes again in its turn, where the batch is read anew and a failure counts as one of it.
      ahead?.span.end({ entries: 0 })
      return null
    }
  }

  /** @throws JudgingError where what the stages made cannot be written */
  private encode(
    collected: Collector,
    batch: Batch,
  ): { readonly outputs: ReadonlyArray<Output>; readonly truncateBefore: number | null } {
    const { stages } = this.options
    const { track, writer } = this.state.parts
    let slot = stages.length - 1
    try {
      const made = collected.toOutputs()
      slot = 0 // whose state it is that cannot be written is not known, so none of them counts
      const { records, truncateBefore } = writer.take(track, batch)
      this.state.attempts(batch, records)
      return { outputs: [...made, { stream: this.changelog, records }], truncateBefore }
    } catch (cause) {
      throw new JudgingError(stages[slot]!.name, slot, cause)
    }
  }
}
