/**
 * Derives recorded traffic twice: under the knowledge that was in force, and under a candidate that takes its place from
 * `since` on. Where the first does not come to what was decided, the second says nothing, and the message is given as one
 * that cannot be derived again. Reads the log, and writes, fetches and commands nothing.
 *
 * Memory: the states of one partition twice, and one batch.
 */
import { type Candidates, CandidateTrack, type Kinds } from "@assay/knowledge"
import { type Log, type LogRecord, recordsIn } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { AnyStage, AssayedMessage, Decision, Knowledge, Origin, RootSet } from "@assay/trust"
import { type RawEntry, toRawEntry } from "../order/entries.ts"
import { restoreTrack } from "../order/track.ts"
import type { Collector, Decided } from "../runner/collector.ts"
import { Pipeline, type PreparedBatch, prepareBatch } from "../runner/pipeline.ts"
import { StateTable } from "../state/table.ts"
import { Decisions, failedEntries, type RecordedDecision } from "./decisions.ts"
import { freshEntry, type Part, partsOf } from "./parts.ts"
import { seedTrack } from "./seed-track.ts"

export type Judged = Pick<Decision, "outcome" | "reasons">

/** One message, as it was decided and as it would have been. */
export interface Compared {
  readonly origin: Origin
  readonly time: number
  /** Null where no decision on it is kept: it waits to be judged, or retention took the decision. */
  readonly recorded: Judged | null
  /** Derived under the knowledge that was in force. */
  readonly again: Judged
  /** Derived under the candidate. */
  readonly candidate: Judged
  /** As the candidate found it, else as it was found; null where both reject it. */
  readonly message: AssayedMessage | null
  /** What was in force after its batch, and what the candidate makes of it. */
  readonly knowledge: { readonly recorded: Knowledge; readonly candidate: Knowledge }
}

export interface WhatifOptions {
  readonly roots: RootSet
  /** Fresh stages of a partition. */
  readonly stagesFor: (partition: number) => ReadonlyArray<AnyStage>
  readonly candidates: Candidates
  /** Entries stamped before (milliseconds since 1970) are judged under what was in force, and compared with nothing. */
  readonly since: number
  readonly kinds?: Kinds
  readonly onCompared: (compared: Compared) => void
  /** Called after each batch with the entries judged so far. */
  readonly onProgress?: (entries: number) => void
}

export interface WhatifRun {
  readonly entries: number
  /** Partitions whose first entries are gone: what devices did before is not known to their states. */
  readonly beginsLate: ReadonlyArray<{ readonly partition: number; readonly offset: number }>
  /** What is in force at the end, by partition. */
  readonly knowledge: ReadonlyArray<Knowledge>
}

const RECORDS = 512

const judgePart = async (pipeline: Pipeline, batch: PreparedBatch, part: Part): Promise<Collector> => {
  const collected = await pipeline.process(batch, part.excused)
  pipeline.table.takeDirty()
  return collected
}

/** Those that were authenticated, by offset, as the last of them found it. */
const messagesOf = (raw: ReadonlyArray<RawEntry>): ReadonlyMap<number, AssayedMessage> => {
  const messages = new Map<number, AssayedMessage>()
  for (const entry of raw)
    if (entry.kind === "message" && entry.message.claims !== null) messages.set(entry.origin.offset, entry.message)
  return messages
}

class Partition {
  readonly #options: WhatifOptions
  readonly #log: Log
  readonly #partition: number
  readonly #recorded: Pipeline
  readonly #decisions: Decisions
  readonly #failed: ReadonlyMap<number, number>
  /** From `since` on. */
  #candidate: Pipeline | null = null

  private constructor(
    log: Log,
    partition: number,
    options: WhatifOptions,
    recorded: Pipeline,
    failed: ReadonlyMap<number, number>,
  ) {
    this.#log = log
    this.#partition = partition
    this.#options = options
    this.#recorded = recorded
    this.#failed = failed
    this.#decisions = new Decisions(log, partition)
  }

  static async open(log: Log, partition: number, options: WhatifOptions, start: number): Promise<Partition> {
    const stages = options.stagesFor(partition)
    const table = new StateTable(stages)
    const track = restoreTrack(log, partition, null, options.roots, options.kinds, table.items())
    if (start > 0) await seedTrack(log, partition, track, start)
    track.settle()
    const recorded = new Pipeline({ stages, table, track })
    return new Partition(log, partition, options, recorded, await failedEntries(log, partition))
  }

  get knowledge(): Knowledge {
    return this.#recorded.track.knowledge
  }

  /** Judges a batch; from the first entry of `since` on under both. */
  async judge(raw: ReadonlyArray<RawEntry>): Promise<void> {
    const { since } = this.#options
    const first = this.#candidate === null ? raw.findIndex(({ time }) => time >= since) : 0
    const before = first === -1 ? raw : raw.slice(0, first)
    for (const part of partsOf(before, this.#failed)) {
      const { stages } = this.#recorded
      await judgePart(this.#recorded, await this.#prepare(stages, part), part)
    }
    if (before.length > 0) await this.#decisions.until(before.at(-1)!.origin.offset)
    if (first === -1) return
    this.#candidate ??= this.#fork()
    for (const part of partsOf(raw.slice(first), this.#failed)) await this.#compare(part, this.#candidate)
  }

  /** The same states and the same track, apart from now on. */
  #fork(): Pipeline {
    const { roots, kinds, candidates, stagesFor } = this.#options
    const stages = stagesFor(this.#partition)
    const table = this.#recorded.table.fork(stages)
    const kept = this.#recorded.track.copy()
    const track = restoreTrack(this.#log, this.#partition, kept, roots, kinds, table.items())
    return new Pipeline({ stages, table, track: new CandidateTrack(track, candidates, kinds) })
  }

  async #compare(part: Part, candidate: Pipeline): Promise<void> {
    const prepared = await this.#prepare(this.#recorded.stages, part)
    const again = await judgePart(this.#recorded, prepared, part)
    // Signatures are checked once: what `prepare` finds depends on the bytes alone.
    const raw = part.raw.map(freshEntry)
    const under = await judgePart(candidate, { raw, prepared: prepared.prepared }, part)
    await this.#admitBesides(again, under, candidate, part)
    const recorded = await this.#decisions.until(part.raw.at(-1)!.origin.offset)
    const messages = messagesOf([...part.raw, ...raw])
    this.#give(again.decided, under.decided, recorded, messages, candidate.track.knowledge)
  }

  /** Who is admitted under the candidate alone has no admission in the log. */
  async #admitBesides(again: Collector, under: Collector, candidate: Pipeline, part: Part): Promise<void> {
    const admitted = new Set(again.admissions.map(({ device }) => device))
    const { time } = part.raw.at(-1)!
    const raw = under.admissions
      .filter(({ device }) => !admitted.has(device))
      .map(({ device, proof }): RawEntry => ({ kind: "admission", origin: proof.origin, time, device, proof }))
    if (raw.length > 0) await judgePart(candidate, await prepareBatch(candidate.stages, raw), { raw, excused: null })
  }

  #give(
    again: ReadonlyArray<Decided>,
    under: ReadonlyArray<Decided>,
    recorded: ReadonlyMap<number, RecordedDecision>,
    messages: ReadonlyMap<number, AssayedMessage>,
    candidate: Knowledge,
  ): void {
    const byOffset = new Map(under.map((one) => [one.origin.offset, one]))
    const knowledge = { recorded: this.knowledge, candidate }
    for (const one of again) {
      const { origin, time, decision } = one
      const other = byOffset.get(origin.offset)
      if (other === undefined) throw new Error(`${origin.offset} was decided under one knowledge only`)
      this.#options.onCompared({
        origin,
        time,
        recorded: recorded.get(origin.offset) ?? null,
        again: decision,
        candidate: other.decision,
        message: messages.get(origin.offset) ?? null,
        knowledge,
      })
    }
  }

  #prepare(stages: ReadonlyArray<AnyStage>, part: Part): Promise<PreparedBatch> {
    return part.excused?.slot === 0 ? Promise.resolve({ raw: part.raw, prepared: [] }) : prepareBatch(stages, part.raw)
  }
}

/** @throws what the log throws; JudgingError where a stage fails at an entry that it did not fail at before */
export const whatif = async (log: Log, options: WhatifOptions): Promise<WhatifRun> => {
  const beginsLate: Array<{ partition: number; offset: number }> = []
  const knowledge: Array<Knowledge> = []
  let entries = 0
  for (let partition = 0; partition < log.partitions; partition++) {
    const { start } = await log.bounds({ stream: STREAMS.submitted, partition })
    if (start > 0) beginsLate.push({ partition, offset: start })
    const judging = await Partition.open(log, partition, options, start)
    let time = 0
    const batch: Array<LogRecord> = []
    const flush = async (): Promise<void> => {
      const raw = batch.splice(0).map((record) => {
        const entry = toRawEntry(record, true, log.epoch, partition, time)
        time = entry.time
        return entry
      })
      if (raw.length === 0) return
      await judging.judge(raw)
      entries += raw.length
      options.onProgress?.(entries)
    }
    for await (const record of recordsIn(log, STREAMS.submitted, partition))
      if (batch.push(record) === RECORDS) await flush()
    await flush()
    knowledge.push(judging.knowledge)
  }
  return { entries, beginsLate, knowledge }
}
