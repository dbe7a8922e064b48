/** One partition of the log on its way into one generation of the model. */
import { type Log, type LogRecord, LostRecordsError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { Fold } from "./fold.ts"
import { type Positions, SOURCES, type Source, type Store } from "./store.ts"

/** Of one stream, in one step; five streams are read. */
const MAX_RECORDS = 512
const MAX_BYTES = 1 << 20

export interface Step {
  /** Records read and applied. */
  readonly applied: number
  /** Records that could not be read, passed over. */
  readonly unreadable: Fold["unreadable"]
  /** Audit records that were gone before they were read. */
  readonly lost: number
  /** The end of all streams was reached. */
  readonly atEnd: boolean
}

const pick = ({ patches, rejections, principals }: Fold) => ({ patches, rejections, principals })

const NOTHING: Step = { applied: 0, unreadable: [], lost: 0, atEnd: false }

interface Place {
  readonly stored: Positions
  readonly next: Readonly<Record<Source, number>>
  readonly complete: boolean
}

/**
 * Concurrency: one step at a time. After a rejection call `step` again: it reads the position anew, since the batch may or
 * may not have been applied.
 */
export class PartitionFeed {
  readonly partition: number
  private readonly log: Log
  private readonly store: Store
  /** Null: the generation in use, asked for at every resume. */
  private readonly fixed: string | null
  private generation: string | null = null
  /** Null when Redis may stand elsewhere than we think. */
  private place: Place | null = null
  private reached = 0
  private lost = 0

  constructor(log: Log, store: Store, partition: number, generation: string | null = null) {
    this.log = log
    this.store = store
    this.partition = partition
    this.fixed = generation
  }

  /** The next audit offset, as last known. */
  get next(): number {
    return this.reached
  }

  /** Reads what follows in every stream, and applies it as one. @throws ReadModelError, or what the log says */
  async step(): Promise<Step> {
    const place = this.place ?? (await this.resume())
    const { generation, partition } = this
    this.place = null
    const fold = new Fold(this.log.epoch, partition)
    const next: Record<Source, number> = { ...place.next }
    let time: number | null = null
    let read = 0
    let full = false
    for (const source of SOURCES) {
      const records = await this.read(source, place.next[source])
      const last = records.at(-1)
      if (last === undefined) continue
      if (source === "audit") {
        fold.audit(records)
        time = last.time
      } else if (source === "rejected") fold.rejected(records)
      else fold.decided(STREAMS[source], records)
      next[source] = last.offset + 1
      read += records.length
      full = true
    }
    const complete = place.complete || !full
    if (read > 0 || complete !== place.complete || place.stored.audit === null) {
      const batch = { from: place.stored, next, time, complete, ...pick(fold) }
      // Another position, or a generation that was replaced: the next step finds out where to go on.
      if ((await this.store.apply(partition, generation!, batch)) !== "ok") return { ...NOTHING, lost: this.takeLost() }
    }
    this.place = { stored: next, next, complete }
    this.reached = next.audit
    return { applied: read, unreadable: fold.unreadable, lost: this.takeLost(), atEnd: !full }
  }

  /** Whether Redis still stands where we left it; where not, the next step resumes from what it says. */
  async check(): Promise<boolean> {
    const { place } = this
    if (place === null) return false
    this.place = null
    const generation = this.fixed ?? (await this.store.open())
    const { positions } = await this.store.partition(this.partition, generation)
    if (generation !== this.generation || SOURCES.some((source) => positions[source] !== place.stored[source]))
      return false
    this.place = place
    return true
  }

  /** Where Redis stands, in the generation in use. */
  private async resume(): Promise<Place> {
    if (this.fixed === null) await this.store.checkEviction()
    this.generation = this.fixed ?? (await this.store.open())
    const { positions, complete } = await this.store.partition(this.partition, this.generation)
    const next = {} as Record<Source, number>
    for (const source of SOURCES) {
      const { start } = await this.log.bounds({ stream: STREAMS[source], partition: this.partition })
      next[source] = Math.max(positions[source] ?? 0, start)
      // The other streams are kept for a while only: what is gone from them was superseded, or is unknown until a device speaks.
      if (source === "audit") this.lost += next.audit - (positions.audit ?? 0)
    }
    this.reached = next.audit
    return { stored: positions, next, complete }
  }

  private async read(source: Source, from: number): Promise<ReadonlyArray<LogRecord>> {
    const at = { stream: STREAMS[source], partition: this.partition }
    try {
      return await this.log.read(at, from, MAX_RECORDS, MAX_BYTES)
    } catch (cause) {
      if (!(cause instanceof LostRecordsError)) throw cause
      // A model that is for looking at goes on with what there is, and says so; a consumer that judges must halt.
      const { start } = await this.log.bounds(at)
      if (source === "audit") this.lost += Math.max(0, start - from)
      return this.log.read(at, start, MAX_RECORDS, MAX_BYTES)
    }
  }

  private takeLost(): number {
    const { lost } = this
    this.lost = 0
    return lost
  }
}
