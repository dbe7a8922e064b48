/** Which messages are decided, by their places on `submitted`, read from the streams that carry the decisions. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Log, StreamPartition } from "@assay/log"
import { originOf } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { Place } from "./schedule.ts"

export const DECIDED = [
  [STREAMS.verified, "assayed-message"],
  [STREAMS.annotated, "assayed-message"],
  [STREAMS.quarantined, "assayed-message"],
  [STREAMS.rejected, "rejected-record"],
] as const

export const RECORDS = 4_096
export const BYTES = 8 << 20
const POLL_MS = 20
/** A transaction is seen when its markers are written, which follow its commit at once. */
const VISIBLE_MS = 60_000

/** How many of the messages have a decision on a stream. A message that was released counts on two of them. */
export type Outcomes = Readonly<Record<string, number>>

interface Cursor {
  readonly at: StreamPartition
  readonly schema: (typeof DECIDED)[number][1]
  next: number
}

/** Reads on from where the streams ended when it was made, and knows of each message whether it was decided since. */
export class DecidedMessages {
  readonly #cursors: ReadonlyArray<Cursor>
  /** By stream: `partition/offset` of the messages with a decision there. */
  readonly #found = new Map<string, Set<string>>(DECIDED.map(([stream]) => [stream, new Set()]))

  private constructor(cursors: ReadonlyArray<Cursor>) {
    this.#cursors = cursors
  }

  /** To be called before the messages are sent. */
  static async from(log: Log): Promise<DecidedMessages> {
    const partitions = Array.from({ length: log.partitions }, (_, partition) => partition)
    const cursors = DECIDED.flatMap(([stream, schema]) =>
      partitions.map(async (partition): Promise<Cursor> => {
        const at = { stream, partition }
        return { at, schema, next: (await log.bounds(at)).end }
      }),
    )
    return new DecidedMessages(await Promise.all(cursors))
  }

  /**
   * Waits until each message has a decision that a consumer sees. Decisions on other messages do not count.
   * @param places of the messages, each once
   * @throws where one has none a minute after the last decision was seen
   */
  async until(log: Log, places: ReadonlyArray<Place>): Promise<Outcomes> {
    const wanted = places.map(({ partition, offset }) => `${partition}/${offset}`)
    const decided = (origin: string): boolean => [...this.#found.values()].some((origins) => origins.has(origin))
    for (let deadline = performance.now() + VISIBLE_MS; ; ) {
      const read = await this.#readOn(log)
      if (read > 0) {
        deadline = performance.now() + VISIBLE_MS
        continue
      }
      const missing = wanted.filter((origin) => !decided(origin))
      if (missing.length === 0) break
      if (performance.now() > deadline)
        throw new Error(
          `${missing.length} of ${places.length} messages have no decision (the first is ${missing[0]}): report this`,
        )
      await sleep(POLL_MS)
    }
    const counts = [...this.#found].map(([stream, origins]) => [
      stream,
      wanted.filter((origin) => origins.has(origin)).length,
    ])
    return Object.fromEntries(counts) as Outcomes
  }

  /** @returns how many records were there */
  async #readOn(log: Log): Promise<number> {
    let count = 0
    for (const cursor of this.#cursors) {
      const records = await log.read(cursor.at, cursor.next, RECORDS, BYTES)
      for (const { value } of records) {
        const { partition, offset } = originOf(cursor.schema, value)
        this.#found.get(cursor.at.stream)!.add(`${partition}/${offset}`)
      }
      if (records.length > 0) cursor.next = records.at(-1)!.offset + 1
      count += records.length
    }
    return count
  }
}
