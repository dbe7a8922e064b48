/**
 * Partitions of one kind, event by event: messages come independently of each other, and stage after stage takes what waits as a
 * batch, judges it, and commits it, at the pace of `packages/engine/src/runner/commit-pace.ts`. Times are in seconds.
 */
import type { Random } from "@assay/fleet"
import { exponential, poisson } from "./draws.ts"
import { Agenda, type SimulationEvent } from "./events.ts"
import { Queue, type Run } from "./queue.ts"

export interface StageModel {
  readonly name: string
  /** CPU seconds of a message, and of a commit whatever it holds. */
  readonly message: number
  readonly commit: number
}

export interface PartitionModel {
  readonly stages: ReadonlyArray<StageModel>
  /** From the end of judging to the answer of brokers that have nothing else to do. */
  readonly commitSeconds: number
  /**
   * From the end of a rest, or of a batch that took longer than one, to the records: one fetch. Brokers that are busy take longer, as
   * for a commit. Who waited for records has asked for them already, and gets them as they are seen.
   */
  readonly readSeconds: number
  /** From the answer to a commit until the next stage, or whoever reads decisions, has what was committed. */
  readonly seenSeconds: number
  /** In place of all that: seconds from the records of a batch to the answer to its commit, as they were measured, drawn. */
  readonly batchSeconds?: (stage: number, count: number) => number
  readonly linger: number
  /** Below so many records a batch is followed by a rest. */
  readonly few: number
  /** Of a batch. */
  readonly most: number
}

export interface PartitionsOptions {
  readonly model: PartitionModel
  readonly count: number
  readonly random: Random
  /** How much longer work takes than with a core of its own, now. */
  readonly slowdown?: () => number
  /** How much longer a commit takes than with idle brokers, now. */
  readonly commitFactor?: () => number
  readonly onDecided: (partition: number, runs: ReadonlyArray<Run>, at: number) => void
}

interface Runner {
  readonly queue: Queue
  /** Committed by the stage before, and not seen here yet; in order. */
  readonly coming: Array<ReadonlyArray<Run>>
  /** When the last of them is: none overtakes another. */
  seenUntil: number
  batch: ReadonlyArray<Run> | null
  /** When the next batch may begin. */
  allowed: number
  planned: boolean
  /** Whether it had asked for records, and got the first of them. */
  waited: boolean
}

const countOf = (runs: ReadonlyArray<Run>): number => runs.reduce((sum, { count }) => sum + count, 0)

export class Partitions {
  now = 0
  /** So far, of all partitions: CPU seconds, commits, messages that were committed by the first stage. */
  cpu = 0
  commits = 0
  taken = 0
  /** Runners that judge at this moment. */
  judging = 0
  readonly #options: PartitionsOptions
  readonly #agenda = new Agenda()
  readonly #runners: ReadonlyArray<ReadonlyArray<Runner>>
  readonly #versions: Array<number>
  /** Up to when arrivals were drawn, by partition. */
  readonly #drawn: Array<number>
  readonly #stopped: Array<number>
  #perSecond = 0

  constructor(options: PartitionsOptions) {
    this.#options = options
    const { count, model, random } = options
    this.#runners = Array.from({ length: count }, () =>
      model.stages.map(() => ({
        queue: new Queue(random),
        coming: [],
        seenUntil: 0,
        batch: null,
        allowed: 0,
        planned: false,
        waited: false,
      })),
    )
    this.#versions = new Array<number>(count).fill(0)
    this.#drawn = new Array<number>(count).fill(0)
    this.#stopped = new Array<number>(count).fill(0)
  }

  /** Messages a second of one partition, from now on. */
  setRate(perSecond: number): void {
    for (let partition = 0; partition < this.#options.count; partition++) this.#draw(partition)
    this.#perSecond = perSecond
    for (let partition = 0; partition < this.#options.count; partition++) this.#plan(partition)
  }

  /** Nobody judges this partition until then; what is under way is lost and judged again. */
  stop(partition: number, until: number): void {
    this.#stopped[partition] = until
    for (let stage = 0; stage < this.#options.model.stages.length; stage++) {
      const runner = this.#runners[partition]![stage]!
      runner.allowed = Math.max(runner.allowed, until)
      if (runner.batch === null) this.#wake(partition, stage)
    }
  }

  /** In all stages of a partition. */
  waiting(partition: number): number {
    return this.#runners[partition]!.reduce((sum, { queue, coming }) => sum + queue.waiting + countOf(coming.flat()), 0)
  }

  /** Seconds since the oldest that waits anywhere in this partition was submitted. */
  lag(partition: number): number {
    const oldest = this.#runners[partition]!.map(({ queue }) => queue.oldest).filter((time) => time !== null)
    return oldest.length === 0 ? 0 : this.now - Math.min(...oldest)
  }

  /** Work besides messages: an entry that costs so much CPU in the last stage of a partition. */
  burden(partition: number, seconds: number): void {
    const runner = this.#runners[partition]!.at(-1)!
    runner.allowed = Math.max(runner.allowed, this.now) + seconds
    this.cpu += seconds
  }

  run(until: number): void {
    for (let event = this.#agenda.next(until); event !== null; event = this.#agenda.next(until)) {
      this.now = event.at
      this.#handle(event)
    }
    this.now = until
  }

  #handle({ kind, partition, stage, version }: SimulationEvent): void {
    const runner = this.#runners[partition]![stage]!
    if (kind === "arrival") {
      if (version !== this.#versions[partition]) return
      this.#came(runner)
      runner.queue.add({ from: this.now, to: this.now, count: 1 })
      this.#drawn[partition] = this.now
      this.#wake(partition, 0)
    } else if (kind === "begin") {
      runner.planned = false
      if (runner.batch === null) this.#begin(partition, stage)
    } else if (kind === "judged") {
      this.judging--
      const at = this.now + this.#broker(this.#options.model.commitSeconds)
      this.#agenda.add({ at, partition, stage, kind: "committed", version: 0 })
    } else if (kind === "seen") {
      this.#came(runner)
      for (const run of runner.coming.shift()!) runner.queue.add(run)
      this.#wake(partition, stage)
    } else this.#committed(partition, stage)
  }

  #came(runner: Runner): void {
    if (runner.batch === null && !runner.planned && runner.allowed <= this.now) runner.waited = true
  }

  /** What brokers take so long for that have nothing else to do, now. */
  #broker(seconds: number): number {
    return seconds * (this.#options.commitFactor?.() ?? 1)
  }

  /** What came since arrivals were last drawn. */
  #draw(partition: number): void {
    const from = this.#drawn[partition]!
    if (this.now <= from) return
    const count = poisson(this.#options.random, this.#perSecond * (this.now - from))
    this.#runners[partition]![0]!.queue.add({ from, to: this.now, count })
    this.#drawn[partition] = this.now
  }

  /** The next arrival of a partition whose first stage has nothing to do; independent arrivals have no memory. */
  #plan(partition: number): void {
    const first = this.#runners[partition]![0]!
    const version = ++this.#versions[partition]!
    if (first.batch !== null || first.planned) return
    if (first.queue.waiting > 0) {
      this.#wake(partition, 0)
      return
    }
    const at = this.now + exponential(this.#options.random, this.#perSecond)
    if (Number.isFinite(at)) this.#agenda.add({ at, partition, stage: 0, kind: "arrival", version })
  }

  #wake(partition: number, stage: number): void {
    const runner = this.#runners[partition]![stage]!
    if (runner.batch !== null || runner.planned) return
    runner.planned = true
    const at = Math.max(this.now, runner.allowed)
    this.#agenda.add({ at, partition, stage, kind: "begin", version: 0 })
  }

  #begin(partition: number, stage: number): void {
    const { model, slowdown } = this.#options
    const runner = this.#runners[partition]![stage]!
    if (this.now < runner.allowed) {
      this.#wake(partition, stage)
      return
    }
    if (stage === 0) this.#draw(partition)
    const batch = runner.queue.take(model.most)
    if (batch.length === 0) {
      if (stage === 0) this.#plan(partition)
      return
    }
    const count = countOf(batch)
    const { message, commit } = model.stages[stage]!
    const work = count * message + commit
    this.cpu += work
    runner.batch = batch
    // The pace counts from the records that were read.
    const read = this.now + (runner.waited ? 0 : this.#broker(model.readSeconds))
    runner.waited = false
    runner.allowed = count < model.few ? read + model.linger : read
    if (model.batchSeconds !== undefined) {
      const at = read + model.batchSeconds(stage, count)
      this.#agenda.add({ at, partition, stage, kind: "committed", version: 0 })
      return
    }
    this.judging++
    this.#agenda.add({ at: read + work * (slowdown?.() ?? 1), partition, stage, kind: "judged", version: 0 })
  }

  #committed(partition: number, stage: number): void {
    const runner = this.#runners[partition]![stage]!
    const batch = runner.batch!
    runner.batch = null
    this.commits++
    if (this.now < this.#stopped[partition]!) {
      // Whoever judged it is gone: the next owner reads it again.
      for (const run of runner.queue.take(Number.POSITIVE_INFINITY).toSpliced(0, 0, ...batch)) runner.queue.add(run)
      this.#wake(partition, stage)
      return
    }
    if (stage === 0) this.taken += countOf(batch)
    const next = this.#runners[partition]![stage + 1]
    const seen = this.now + this.#broker(this.#options.model.seenSeconds)
    if (next === undefined) this.#options.onDecided(partition, batch, seen)
    else {
      next.coming.push(batch)
      this.#agenda.add({ at: Math.max(seen, next.seenUntil), partition, stage: stage + 1, kind: "seen", version: 0 })
      next.seenUntil = Math.max(seen, next.seenUntil)
    }
    if (stage === 0 && runner.queue.waiting === 0 && runner.allowed <= this.now) {
      this.#draw(partition)
      if (runner.queue.waiting === 0) {
        this.#plan(partition)
        return
      }
    }
    if (stage === 0 || runner.queue.waiting > 0) this.#wake(partition, stage)
  }
}
