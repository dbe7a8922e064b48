/**
 * Reads a partition of a topic: in sequence from a buffer that is refilled ahead of its reader, at random by single fetches,
 * and waits at the end by long polls on a cluster of its own.
 *
 * The end of what this process wrote itself is known before the broker shows it (the markers of a transaction are written after
 * its commit is durable), so a read that would stop short of it waits for the broker to catch up.
 */
import { setTimeout as delay } from "node:timers/promises"
import { type Headers, type LogRecord, UnavailableError } from "@assay/log"
import type { Cluster } from "../cluster/cluster.ts"
import { fetchFrom } from "./fetcher.ts"
import { boundsOf, writtenEndOf } from "./offsets.ts"

export interface ReaderOptions {
  readonly topic: string
  readonly partition: number
  /** For single fetches; shared by all readers. */
  readonly cluster: Cluster
  /** Makes the cluster that this reader waits on. */
  readonly ownCluster: () => Cluster
}

interface Buffered {
  /** The offset that the first record was asked at. */
  start: number
  /** The offset to fetch from next. */
  next: number
  records: Array<LogRecord>
  /** The fetch that is on its way: two at a time would bring the same records. */
  filling: Promise<void> | null
  /** It is a long poll: it began when there was nothing at `next`. */
  polling: boolean
  /** When the last fetch was answered, by `performance.now()`, and up to where there were records then. */
  filledAt: number
  end: number
}

const emptyBuffer = (at: number): Buffered => ({
  ...{ start: at, next: at, records: [], filling: null, polling: false },
  filledAt: Number.NEGATIVE_INFINITY,
  end: at,
})

const POLL_MS = 500
const FETCH_BYTES = 2 << 20
/** What a buffer may hold for a reader that waits for far-off records. */
const MAX_RECORDS = 65_536
const VISIBLE_MS = 2
/** What was fetched so long ago is not all that is there: whoever rests between its reads gets what came meanwhile, too. */
const FRESH_MS = 5
/** What this process wrote is shown within milliseconds, unless an open transaction of somebody else lies before it. */
const UNSEEN_MS = 30_000
/** After this it is asked whether it is there at all: the topic may have been deleted, truncated or replaced. */
const GONE_MS = 500
const GONE_POLL_MS = 100

export class Reader {
  readonly #options: ReaderOptions
  #own: Cluster | null = null
  #buffer: Buffered | null = null
  #written = 0

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** This process wrote up to (not including) `end`, durably. */
  wrote(end: number): void {
    this.#written = Math.max(this.#written, end)
  }

  async bounds(): Promise<{ readonly start: number; readonly end: number }> {
    const { topic, partition, cluster } = this.#options
    const since = performance.now()
    for (;;) {
      const bounds = await boundsOf(cluster, topic, partition)
      if (bounds.end >= this.#written || bounds.start >= this.#written) return bounds
      await this.#unseen(since)
    }
  }

  /** @throws UnavailableError where it takes too long; a later call looks at what there is then */
  async #unseen(since: number): Promise<void> {
    const waited = performance.now() - since
    const { topic, partition, cluster } = this.#options
    const written = this.#written
    if (waited > UNSEEN_MS) {
      this.#written = 0
      throw new UnavailableError(
        `${topic}/${partition} does not show what this process wrote, up to offset ${written}: an open transaction lies before it, or the topic was replaced`,
      )
    }
    await delay(waited < GONE_MS ? VISIBLE_MS : GONE_POLL_MS)
    if (waited < GONE_MS) return
    const end = await writtenEndOf(cluster, topic, partition)
    // Nobody waits for what is gone; whether it may be is not asked here (`refuseLost`).
    if (end < written && this.#written === written) this.#written = end
  }

  async read(from: number, maxRecords: number, maxBytes: number): Promise<ReadonlyArray<LogRecord>> {
    if (maxRecords < 1) return []
    // A look at one place says nothing of what comes next, and what a long poll has not brought may be on its way.
    if (maxRecords === 1 && !this.#holds(from)) return this.#single(from, maxBytes)
    if (!this.#covers(from)) this.#buffer = emptyBuffer(from)
    const buffer = this.#buffer!
    this.#drop(buffer, from)
    const since = performance.now()
    if (this.#isStale(buffer, maxRecords, since)) await this.#fillUp(buffer)
    while (buffer.records.length === 0) {
      const before = buffer.next
      // A long poll answers as soon as there is something: what it has not brought by now was not there when we came.
      if (buffer.polling) await Promise.race([buffer.filling, delay(VISIBLE_MS)])
      else await this.#fill(buffer, 0)
      // Nothing at the end: unless it is our own writing that the broker does not show yet.
      if (buffer.records.length > 0) break
      if (buffer.next >= this.#written && buffer.next === before) return []
      if (buffer.next === before) await this.#unseen(since)
    }
    const taken = take(buffer.records, maxRecords, maxBytes)
    // A reader that is behind: the rest of what it will ask for next comes while this is worked on.
    const left = buffer.records.length - taken.length
    if (buffer.next < buffer.end && left < maxRecords) void this.#fillUp(buffer)
    return taken
  }

  /** Whether there are records, fewer than are asked for, and more may have come since they were fetched. */
  #isStale({ records, filling, filledAt }: Buffered, maxRecords: number, now: number): boolean {
    return filling === null && records.length > 0 && records.length < maxRecords && now - filledAt > FRESH_MS
  }

  /** For the sake of more records than there are: a failure comes again when these are read, and is thrown then. */
  async #fillUp(buffer: Buffered): Promise<void> {
    await this.#fill(buffer, 0).catch(() => undefined)
  }

  /** Resolves when a record at or after `from` is there, or when `signal` aborts. @throws UnavailableError */
  async waitFor(from: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const over = Promise.withResolvers<void>()
    const onAbort = (): void => over.resolve()
    signal.addEventListener("abort", onAbort, { once: true })
    try {
      await this.#reach(from, signal, over.promise)
    } finally {
      signal.removeEventListener("abort", onAbort) // the signal outlives thousands of waits
    }
  }

  async #reach(from: number, signal: AbortSignal, aborted: Promise<void>): Promise<void> {
    while (!signal.aborted) {
      if (!this.#covers(from) && !this.#leadsTo(from)) await this.#approach(from)
      const buffer = this.#buffer!
      const last = buffer.records.at(-1)
      if (last !== undefined && last.offset >= from) return
      if (buffer.records.length >= MAX_RECORDS) {
        buffer.records = [] // its reader is far behind, and fetches them again
        buffer.start = buffer.next
      }
      await Promise.race([this.#fill(buffer, POLL_MS), aborted])
    }
  }

  async close(): Promise<void> {
    await this.#own?.close()
  }

  /** Starts the buffer as near to `from` as there is something. */
  async #approach(from: number): Promise<void> {
    const { end } = await this.bounds()
    const start = Math.min(from, end)
    this.#buffer = emptyBuffer(start)
  }

  #covers(from: number): boolean {
    return this.#buffer !== null && this.#buffer.start <= from && from <= this.#buffer.next
  }

  #holds(from: number): boolean {
    return this.#covers(from) && (this.#buffer!.records.at(-1)?.offset ?? -1) >= from
  }

  /** Whether the buffer's reader comes to `from` when it goes on. */
  #leadsTo(from: number): boolean {
    return this.#buffer !== null && this.#buffer.next <= from
  }

  #drop(buffer: Buffered, from: number): void {
    const { records } = buffer
    let low = 0
    let high = records.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (records[middle]!.offset < from) low = middle + 1
      else high = middle
    }
    if (low > 0) buffer.records = records.slice(low)
    buffer.start = from
  }

  #fill(buffer: Buffered, waitMs: number): Promise<void> {
    if (buffer.filling !== null) return buffer.filling
    const { topic, partition, cluster, ownCluster } = this.#options
    if (waitMs > 0) this.#own ??= ownCluster()
    const over = this.#own ?? cluster
    buffer.polling = waitMs > 0
    buffer.filling = (async () => {
      const from = buffer.next
      const { records, next, end } = await fetchFrom(over, { topic, partition, from, waitMs, maxBytes: FETCH_BYTES })
      if (records.length > 0) buffer.records = buffer.records.length === 0 ? records : buffer.records.concat(records)
      buffer.next = Math.max(buffer.next, next)
      buffer.filledAt = performance.now()
      buffer.end = end
    })().finally(() => {
      buffer.filling = null
      buffer.polling = false
    })
    return buffer.filling
  }

  async #single(from: number, maxBytes: number): Promise<ReadonlyArray<LogRecord>> {
    const { topic, partition, cluster } = this.#options
    const since = performance.now()
    for (let at = from; ; ) {
      const { records, next } = await fetchFrom(cluster, { topic, partition, from: at, waitMs: 0, maxBytes: 1 })
      if (records.length > 0) return take(records, 1, maxBytes)
      if (next === at) {
        if (next >= this.#written) return []
        await this.#unseen(since)
      }
      at = next
    }
  }
}

const headerBytes = (headers: Headers): number => {
  let bytes = 0
  for (const name in headers) {
    const values = headers[name]!
    if (values instanceof Uint8Array) bytes += name.length + values.length
    else for (const value of values) bytes += name.length + value.length
  }
  return bytes
}

/** At most so many, and so many bytes, of the first records; always one. */
const take = (records: ReadonlyArray<LogRecord>, maxRecords: number, maxBytes: number): ReadonlyArray<LogRecord> => {
  let bytes = 0
  let count = 0
  for (const { key, value, headers } of records) {
    bytes += key.length + value.length
    if (headers !== undefined) bytes += headerBytes(headers)
    if (count > 0 && (count >= maxRecords || bytes > maxBytes)) break
    count++
  }
  return records.slice(0, count)
}
