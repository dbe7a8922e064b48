/**
 * One container: its content instances, each once and in the order of their state tags, into the log.
 *
 * A CSE tells of new instances in any order, of some not at all, and of some twice. What is reported waits here until what was made
 * before it is there, or is known to be gone. A gap is filled by asking the CSE (discovery by time); what it does not have then is
 * reported as missing. Behind is whoever has just begun, was away, or had no room: it reads window by window until it is not.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Pauses, pauseMs } from "@assay/bounded"
import { type Answer, isRefusal, type RefusalCode, type Submission } from "../core/submission.ts"
import type { Position } from "./known.ts"
import { messageOf, submissionOf, type Unwanted } from "./message.ts"
import { type Instance, lastSegment } from "./notification.ts"
import { byPlace, inOrder, keyOf, madeBefore, type Waiting } from "./order.ts"
import { CseRefusalError } from "./primitive.ts"
import type { Turns } from "./turns.ts"
import { type Source, windowFrom } from "./window.ts"

/** Why an instance is not in the log and never will be. */
export type LostCode = Unwanted | Extract<RefusalCode, "empty" | "too_large">

export interface FeedSource extends Source {
  /** Null where it is gone. */
  instance(address: string): Promise<Instance | null>
  /** Null where there is none. */
  latest(): Promise<Instance | null>
}

/** Bytes that all containers together may still hold. */
export interface Room {
  free: number
}

export interface FeedObserver {
  readonly taken: (count: number) => void
  readonly again: () => void
  readonly backfilled: (count: number) => void
  /** State tags without an instance. */
  readonly gap: (address: string, from: number, to: number) => void
  readonly lost: (code: LostCode, instance: string) => void
  /** Its bytes are others than those that were taken under its id. */
  readonly changed: (instance: string) => void
  readonly failed: (what: string) => void
}

export interface FeedOptions {
  readonly address: string
  readonly cseId: string
  readonly principal: string | null
  /** The state tag when the container was found: what is made from now on has greater ones. */
  readonly stateTag: number | null
  readonly position: Position
  readonly source: FeedSource
  readonly submit: (submissions: ReadonlyArray<Submission>) => Promise<ReadonlyArray<Answer>>
  readonly room: Room
  /** Who reads from the CSE. */
  readonly turns: Turns
  readonly pauses: Pauses
  /** Milliseconds in which what was made earlier may come later. */
  readonly graceMs: number
  readonly observe: FeedObserver
}

/** Reported instances that wait; above, they stay with the CSE. */
const MAX_WAITING = 256
const FETCHED_AT_ONCE = 8
const BATCH = 128
/** Clocks within a CSE, and the precision of its times. */
const MARGIN_MS = 2_000
const NO_ROOM_MS = 100

export class Feed {
  readonly #options: FeedOptions
  readonly #waiting = new Map<string, Waiting>()
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #news = Promise.withResolvers<void>()
  /** The greatest state tag that is done. */
  #expected: number | null
  #isBehind = true
  #isReading = false
  /** While there is more than one window: all instances made before this time are here, and those after it must wait. */
  #until: number | null = null
  /** The state tag before which nothing more was found. */
  #searched: number | null = null
  #attempt = 0
  #failing: string | null = null

  constructor(options: FeedOptions) {
    this.#options = options
    this.#expected = options.position.stateTag
    this.#running = this.#run()
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get isBehind(): boolean {
    return this.#isBehind || this.#isReading
  }

  /** Why it does not get on, where that is no container's alone; or null. */
  get failing(): string | null {
    return this.#failing
  }

  /**
   * An instance that the CSE tells of.
   * @returns true when it is durable, or can never be; false where there is no room: it stays with the CSE, and is read from there
   */
  offer(instance: Instance): Promise<boolean> {
    const { observe, position, room } = this.#options
    const message = messageOf(instance)
    if (typeof message === "string") {
      this.#giveUp(instance, message)
      return Promise.resolve(true)
    }
    const look = position.look(instance.resourceId, message.digest)
    const there = this.#waiting.get(keyOf(instance, message))
    if (look === "same" || there !== undefined) observe.again()
    if (look === "same") return Promise.resolve(true)
    if (there !== undefined) return there.done.promise
    if (look === "changed") observe.changed(instance.resourceId)
    if (this.#waiting.size >= MAX_WAITING || room.free < message.bytes.length) {
      this.recover()
      return Promise.resolve(false)
    }
    return this.#add({ instance, message, since: performance.now(), done: Promise.withResolvers() })
  }

  /** Looks for what the CSE has and nobody reported. */
  recover(): void {
    this.#isBehind = true
    this.#news.resolve()
  }

  /** Whether the latest instance was reported; else it recovers. @throws CseUnreachableError */
  async check(): Promise<void> {
    if (this.isBehind) return
    const { source, position } = this.#options
    const latest = await source.latest()
    if (latest === null || position.has(latest.resourceId) || position.latest === latest.createdAt) return
    if (![...this.#waiting.values()].some(({ instance }) => instance.resourceId === latest.resourceId)) this.recover()
  }

  /** Finishes what is being handed over; what waits is left to the CSE. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#news.resolve()
    await this.#running
    for (const { message, done } of this.#waiting.values()) {
      this.#options.room.free += message.bytes.length
      done.resolve(false)
    }
    this.#waiting.clear()
  }

  #add(waiting: Waiting): Promise<boolean> {
    this.#waiting.set(keyOf(waiting.instance, waiting.message), waiting)
    this.#options.room.free -= waiting.message.bytes.length
    this.#news.resolve()
    return waiting.done.promise
  }

  /** Remembered, so that it is reported once; and in its place nothing is missing. */
  #giveUp({ resourceId, stateTag, createdAt }: Instance, code: LostCode): void {
    const { position, observe } = this.#options
    if (position.has(resourceId)) return
    observe.lost(code, resourceId)
    position.add({ resourceId, stateTag, createdAt, digest: "" })
    if (stateTag !== null && this.#expected !== null && stateTag === this.#expected + 1) this.#expected = stateTag
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#news = Promise.withResolvers()
      try {
        const waitMs = await this.#step()
        this.#attempt = 0
        this.#failing = null
        if (waitMs === 0) continue
        const timer = waitMs === null ? null : setTimeout(this.#news.resolve, waitMs)
        await this.#news.promise
        if (timer !== null) clearTimeout(timer)
      } catch (cause) {
        this.#attempt += 1
        const { message } = cause as Error
        // A container that does not let itself be read is no fault of the adapter's.
        this.#failing = cause instanceof CseRefusalError ? null : message
        this.#options.observe.failed(`${this.#options.address}: ${message}`)
        await this.#pause(pauseMs(this.#options.pauses, this.#attempt))
      }
    }
  }

  #pause(ms: number): Promise<unknown> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  /** @returns milliseconds to wait; 0: go on at once; null: until there is news */
  async #step(): Promise<number | null> {
    const until = this.#until
    const sorted = [...this.#waiting.values()]
      .filter(({ instance }) => until === null || madeBefore(instance, until))
      .sort(byPlace)
    if (this.#isBehind && (until === null || sorted.length === 0)) return this.#catchUp()
    const [first] = sorted
    if (first === undefined) return null
    const run = inOrder(sorted, this.#expected, BATCH)
    return run.length > 0 ? this.#handOver(run) : this.#gapBefore(first)
  }

  /** Waits, then asks the CSE, then tells. */
  #gapBefore({ instance, since }: Waiting): number {
    const { graceMs, observe, address } = this.#options
    const stateTag = instance.stateTag!
    // Within a window everything that there is has been read.
    if (this.#until === null && this.#searched !== stateTag) {
      const left = since + graceMs - performance.now()
      if (left > 0) return Math.max(1, left)
      this.#searched = stateTag
      this.#isBehind = true
      return 0
    }
    observe.gap(address, this.#expected! + 1, stateTag - 1)
    this.#expected = stateTag - 1
    return 0
  }

  async #handOver(run: ReadonlyArray<Waiting>): Promise<0> {
    const { cseId, principal, submit, position, observe, room } = this.#options
    const answers = await submit(run.map(({ instance, message }) => submissionOf(message, instance, cseId, principal)))
    let taken = 0
    let waitMs = 0
    for (const [place, { instance, message, done }] of run.entries()) {
      const answer = answers[place]!
      const isTaken = !isRefusal(answer)
      if (!isTaken && (answer.code === "quota" || answer.code === "backlog")) {
        waitMs = Math.max(1, answer.retryAfterMs ?? 1_000)
        continue
      }
      const { resourceId, stateTag, createdAt } = instance
      position.add({ resourceId, stateTag, createdAt, digest: message.digest })
      if (stateTag !== null) this.#expected = Math.max(this.#expected ?? 0, stateTag)
      this.#waiting.delete(keyOf(instance, message))
      room.free += message.bytes.length
      if (isTaken) taken += 1
      else observe.lost(answer.code as LostCode, resourceId)
      done.resolve(true)
    }
    observe.taken(taken)
    if (waitMs > 0) await this.#pause(waitMs)
    return 0
  }

  /** Reads one window from the CSE. */
  async #catchUp(): Promise<number> {
    const { turns, room } = this.#options
    if (room.free <= 0) return NO_ROOM_MS
    const end = await turns.begin()
    // Whoever asks for it while this one is under way gets another.
    this.#isBehind = false
    this.#isReading = true
    try {
      await this.#readWindow()
    } catch (cause) {
      this.#isBehind = true
      throw cause
    } finally {
      this.#isReading = false
      end()
    }
    return 0
  }

  async #readWindow(): Promise<void> {
    const { position, source, observe, stateTag } = this.#options
    const from = this.#until ?? (position.createdAt === null ? null : Math.floor(position.createdAt) - MARGIN_MS)
    const { addresses, until } = await windowFrom(source, from)
    const reported = new Set([...this.#waiting.values()].map(({ instance }) => instance.resourceId))
    const unknown = addresses.filter((address) => {
      const id = lastSegment(address)
      return !position.has(id) && !reported.has(id)
    })
    const found = await this.#fetch(unknown)
    for (const instance of found) {
      const message = messageOf(instance)
      if (typeof message === "string") this.#giveUp(instance, message)
      // It may have been reported meanwhile.
      else if (!this.#waiting.has(keyOf(instance, message)))
        void this.#add({ instance, message, since: performance.now(), done: Promise.withResolvers() })
    }
    observe.backfilled(found.length)
    if (this.#expected === null && until === null && this.#waiting.size === 0) this.#expected = stateTag
    this.#until = until
    if (until !== null) this.#isBehind = true
  }

  async #fetch(addresses: ReadonlyArray<string>): Promise<ReadonlyArray<Instance>> {
    const found: Array<Instance> = []
    for (let from = 0; from < addresses.length; from += FETCHED_AT_ONCE) {
      const some = addresses.slice(from, from + FETCHED_AT_ONCE)
      const read = await Promise.all(some.map((address) => this.#options.source.instance(address)))
      found.push(...read.filter((instance) => instance !== null))
    }
    return found
  }
}
