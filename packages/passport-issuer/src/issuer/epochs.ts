/** Where a partition is read: first the epochs before this log, each to its end, then the log itself. */
import type { Log, LogRecord } from "@assay/log"
import { STREAMS } from "@assay/streams"

const MAX_RECORDS = 512
const MAX_BYTES = 1 << 20

/** Read to their end before anything else: what was issued before what revokes it, knowledge before what was decided under it. */
export const FIRST = ["passports", "knowledge"] as const
/** In the order in which they are read. */
export const THEN = ["checkpoints", "verified", "annotated", "quarantined", "audit"] as const
export type Source = (typeof FIRST)[number] | (typeof THEN)[number]

export class Epochs {
  readonly #logs: ReadonlyArray<Log>
  readonly #partition: number
  #at = 0
  readonly #next = new Map<Source, number>()

  /** @param former oldest first; each has a divisor of the partitions of the one after it */
  constructor(former: ReadonlyArray<Log>, log: Log, partition: number) {
    this.#logs = [...former, log]
    this.#partition = partition
  }

  /** Whether it is this log that is read, and no epoch before it. */
  get isNow(): boolean {
    return this.#at === this.#logs.length - 1
  }

  /** The next offset of this log. */
  next(source: Source): number {
    return this.isNow ? (this.#next.get(source) ?? 0) : 0
  }

  /** What comes next of a source; it comes again until it is taken. */
  async read(source: Source): Promise<ReadonlyArray<LogRecord>> {
    const log = this.#logs[this.#at]!
    // murmur2 mod N = (murmur2 mod kN) mod N
    const at = { stream: STREAMS[source], partition: this.#partition % log.partitions }
    const from = Math.max(this.#next.get(source) ?? 0, (await log.bounds(at)).start)
    this.#next.set(source, from)
    return log.read(at, from, MAX_RECORDS, MAX_BYTES)
  }

  take(source: Source, { offset }: LogRecord): void {
    this.#next.set(source, offset + 1)
  }

  /** The one that was read is at its end. */
  goOn(): void {
    this.#at += 1
    this.#next.clear()
  }
}
