/** One partition of the embedded engine: its environment, its writer (or none, read-only), its readers and who waits. */
import { StorageError } from "../errors.ts"
import type { Commit, LogRecord, NewRecord } from "../port.ts"
import { FrameCache } from "./cache.ts"
import { decodeExtent, decodeOffset, Environment, type Extent, type Use } from "./environment.ts"
import { type Plan, positionName } from "./plan.ts"
import { readRecords } from "./reader.ts"
import { Writer } from "./writer.ts"

/** How often a read-only log looks for what another process wrote, in milliseconds. */
const POLL_MS = 10

const EMPTY: Extent = { id: 0, start: 0, end: 0, time: 0 }

interface Waiter {
  readonly stream: string
  readonly from: number
  readonly wake: () => void
  readonly fail: (error: StorageError) => void
}

export interface PartitionOptions {
  readonly use: Use
  readonly clock: () => number
  readonly cacheBytes: number
}

export class Partition {
  readonly #environment: Environment
  readonly #cache: FrameCache
  readonly #writer: Writer | null
  readonly #isShared: boolean
  readonly #waiters = new Set<Waiter>()
  #poll: NodeJS.Timeout | null = null
  #closed = false

  constructor(path: string, options: PartitionOptions) {
    this.#environment = new Environment(path, options.use)
    this.#isShared = options.use === "share"
    this.#cache = new FrameCache(options.cacheBytes)
    this.#writer =
      options.use === "write" ? new Writer(this.#environment, options.clock, (plan) => this.#published(plan)) : null
  }

  async append(
    stream: string,
    records: ReadonlyArray<NewRecord>,
  ): Promise<{ readonly offset: number; readonly time: number }> {
    return this.#writing().append(stream, records)
  }

  async commit(commit: Commit): Promise<{ readonly offsets: ReadonlyArray<number> }> {
    return this.#writing().commit(commit)
  }

  async swap(name: string, expected: Uint8Array | null, value: Uint8Array): Promise<boolean> {
    return this.#writing().swap(name, expected, value)
  }

  read(stream: string, from: number, maxRecords: number, maxBytes: number): ReadonlyArray<LogRecord> {
    return readRecords(this.#open(), this.#cache, stream, this.extent(stream), from, maxRecords, maxBytes)
  }

  extent(stream: string): Extent {
    const environment = this.#open()
    if (this.#writer !== null) return this.#writer.state.extents.get(stream) ?? EMPTY
    const row = environment.row(`e${stream}`)
    return row === undefined ? EMPTY : decodeExtent(row)
  }

  position(group: string, stream: string): number {
    const environment = this.#open()
    const name = positionName(group, stream)
    if (this.#writer !== null) return this.#writer.state.positions.get(name) ?? 0
    const row = environment.row(`g${name}`)
    return row === undefined ? 0 : decodeOffset(row)
  }

  cell(name: string): Uint8Array | null {
    return this.#open().row(`c${name}`) ?? null
  }

  async waitFor(stream: string, from: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#holds(stream, from)) return
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener("abort", waiter.wake)
        this.#waiters.delete(waiter)
        if (this.#waiters.size === 0) this.#stopPolling()
      }
      const wake = (): void => {
        leave()
        resolve()
      }
      const fail = (error: StorageError): void => {
        leave()
        reject(error)
      }
      const waiter: Waiter = { stream, from, wake, fail }
      signal.addEventListener("abort", wake, { once: true })
      this.#waiters.add(waiter)
      if (this.#writer === null) this.#poll ??= setInterval(() => this.#wakeReady(), POLL_MS)
    })
  }

  /** Waits for calls under way; those who wait for records get the answer that none will come. */
  async close(): Promise<void> {
    if (this.#closed) return
    await this.#writer?.close()
    this.#closed = true
    for (const waiter of [...this.#waiters]) waiter.fail(this.#closedError())
    await this.#environment.close()
  }

  #published(plan: Plan): void {
    for (const [stream, frame] of plan.frames) this.#cache.wrote(stream, frame)
    this.#wakeReady()
  }

  #wakeReady(): void {
    for (const waiter of [...this.#waiters]) if (this.#holds(waiter.stream, waiter.from)) waiter.wake()
  }

  #holds(stream: string, from: number): boolean {
    const { start, end } = this.extent(stream)
    return end > from && end > start
  }

  #stopPolling(): void {
    if (this.#poll !== null) clearInterval(this.#poll)
    this.#poll = null
  }

  #open(): Environment {
    if (this.#closed) throw this.#closedError()
    if (this.#isShared) this.#environment.refresh()
    return this.#environment
  }

  #writing(): Writer {
    if (this.#closed) throw this.#closedError()
    if (this.#writer === null) throw new StorageError(`${this.#environment.path} is open read-only`)
    return this.#writer
  }

  #closedError(): StorageError {
    return new StorageError(`${this.#environment.path}: the log is closed`)
  }
}
