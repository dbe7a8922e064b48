/**
 * The one stage runner: a batch of one partition, judged by one stage or by all five, then outputs, state and position in
 * ONE commit. While a batch is judged and made durable, the next is parsed and its signatures are verified off-thread.
 *
 * A commit that fails leaves nothing behind; the runner then rejects, and whoever started it restores it from the log.
 */
import { changelogOf, type Log, STAGE_STREAMS, STREAMS } from "@assay/log"
import { type AnyStage, type AuditEvent, type RootSet, SERVICE_NAMES } from "@assay/trust"
import { type RawEntry, toRawEntry } from "../order/entries.ts"
import { Track } from "../order/track.ts"
import { ChangelogWriter } from "../state/changelog.ts"
import { restoreTable } from "../state/restore.ts"
import type { Collector, Decided } from "./collector.ts"
import { findQuarantined } from "./held.ts"
import { Pipeline, type PreparedBatch, prepareBatch } from "./pipeline.ts"

export interface BatchDone {
  readonly partition: number
  readonly group: string
  readonly entries: number
  /** Main-thread view: milliseconds from reading to durable. */
  readonly ms: number
  readonly commitMs: number
  readonly decided: ReadonlyArray<Decided>
  readonly events: ReadonlyArray<AuditEvent>
}

export interface RunnerOptions {
  readonly log: Log
  readonly stages: ReadonlyArray<AnyStage>
  readonly partition: number
  readonly roots: RootSet
  readonly batchRecords?: number
  readonly batchBytes?: number
  /** Called after each commit; must not throw. */
  readonly onBatch?: (done: BatchDone) => void
}

interface Ahead {
  readonly next: number
  readonly startedAt: number
  readonly work: Promise<PreparedBatch>
}

const READ_AHEAD = 2

/** The consumer group of a deployment of stages. */
export const groupOf = (stages: ReadonlyArray<AnyStage>): string =>
  stages.length === 1 ? SERVICE_NAMES[stages[0]!.name] : "chained"

export class StageRunner {
  readonly group: string
  readonly pipeline: Pipeline
  private readonly options: RunnerOptions
  private readonly writer: ChangelogWriter
  private readonly input: string
  private readonly changelog: string
  private position: number
  private lastTime = 0

  private constructor(options: RunnerOptions, pipeline: Pipeline, writer: ChangelogWriter, position: number) {
    this.options = options
    this.pipeline = pipeline
    this.writer = writer
    this.position = position
    this.group = groupOf(options.stages)
    this.input = STAGE_STREAMS[options.stages[0]!.name].input
    this.changelog = changelogOf(this.group)
  }

  /** Restores state and position from the log. @throws Error where the data directory cannot be used */
  static async open(options: RunnerOptions): Promise<StageRunner> {
    const { log, stages, partition, roots } = options
    const group = groupOf(stages)
    const restored = await restoreTable(log, stages, changelogOf(group), partition)
    const track = await Track.restore(log, partition, restored.runner, roots)
    const pipeline = new Pipeline({ stages, table: restored.table, track })
    const writer = new ChangelogWriter(restored.table, stages, restored.end)
    const input = STAGE_STREAMS[stages[0]!.name].input
    return new StageRunner(options, pipeline, writer, await log.position(group, { stream: input, partition }))
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
    const { log, partition } = this.options
    const at = { stream: this.input, partition }
    const ahead: Array<Ahead> = []
    let readFrom = this.position
    while (!signal.aborted) {
      while (ahead.length < READ_AHEAD) {
        const batch = await this.readAhead(readFrom)
        if (batch === null) break
        ahead.push(batch)
        readFrom = batch.next
      }
      const batch = ahead.shift()
      if (batch === undefined) await log.waitFor(at, readFrom, signal)
      else await this.finish(batch)
    }
    await Promise.allSettled(ahead.map((batch) => batch.work))
  }

  /** Judges everything now on the input, then returns. For tests and the topology driver. */
  async drain(): Promise<void> {
    for (;;) {
      const batch = await this.readAhead(this.position)
      if (batch === null) return
      await this.finish(batch)
    }
  }

  private async readAhead(from: number): Promise<Ahead | null> {
    const { log, partition, batchRecords = 512, batchBytes = 4 << 20 } = this.options
    const startedAt = performance.now()
    const records = await log.read({ stream: this.input, partition }, from, batchRecords, batchBytes)
    if (records.length === 0) return null
    const raw: Array<RawEntry> = []
    for (const record of records) {
      const entry = toRawEntry(record, this.input === STREAMS.submitted, log.epoch, partition, this.lastTime)
      this.lastTime = entry.time
      raw.push(entry)
    }
    const work = prepareBatch(this.options.stages, raw)
    work.catch(() => undefined) // awaited in finish; until then it must not count as unhandled
    return { next: records.at(-1)!.offset + 1, startedAt, work }
  }

  private async finish(batch: Ahead): Promise<void> {
    const { log, partition, onBatch } = this.options
    const prepared = await batch.work
    const collected = await this.pipeline.process(prepared)
    await this.issueReleases(collected)
    const { records, truncateBefore } = this.writer.take(this.pipeline.track)
    const outputs = collected.toOutputs()
    if (records.length > 0) outputs.push({ stream: this.changelog, records })
    const before = performance.now()
    await log.commit(partition, {
      group: this.group,
      stream: this.input,
      from: this.position,
      next: batch.next,
      outputs,
      truncate: truncateBefore === null ? [] : [{ stream: this.changelog, before: truncateBefore }],
    })
    this.position = batch.next
    if (this.writer.needsEnd) this.writer.committed((await log.bounds({ stream: this.changelog, partition })).end)
    const now = performance.now()
    onBatch?.({
      partition,
      group: this.group,
      entries: prepared.raw.length,
      ms: now - batch.startedAt,
      commitMs: now - before,
      decided: collected.decided,
      events: collected.events,
    })
  }

  private async issueReleases(collected: Collector): Promise<void> {
    // Numbered by the command that caused them: which commands share a batch must not show in an event's id.
    const counts = new Map<number, number>()
    for (const release of collected.releases) {
      const held = collected.quarantinedNow(release.origin) ?? (await findQuarantined(this.options.log, release.origin))
      if (held === null) continue
      const { offset } = release.at.origin
      const nth = counts.get(offset) ?? 0
      counts.set(offset, nth + 1)
      collected.superseded(held, release, nth)
    }
  }
}
