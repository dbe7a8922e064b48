/**
 * Which document is looked for when. One look at a time for each DID; budgets for each host and for each principal who asks; a
 * document that is in force is looked at again after its soft age, one that could not be had after a pause that doubles. Pure:
 * the caller says what time it is. Times and spans in milliseconds.
 */
import { Lru, pauseMs, TokenBucket } from "@assay/bounded"
import { locate } from "@assay/did-document"
import { MAX_PAUSE_MS, type UnavailableReason } from "@assay/knowledge"
import { type Due, DueHeap } from "./heap.ts"

export interface ScheduleOptions {
  /** A document is looked at again after so long. */
  readonly softMs: number
  /** Requests to one host in a minute. */
  readonly hostPerMinute: number
  /** DIDs that one principal may ask for in a minute. */
  readonly principalPerMinute: number
  /** DIDs that are followed at most. */
  readonly maximum: number
  /** 0 to 1. */
  readonly random?: () => number
}

interface Followed {
  readonly host: string
  /** When it is looked for next; the heap's item of this time counts. */
  due: number
  checked: number
  /** When the document that is in force expires; 0: none is. */
  expires: number
  /** Looks in a row that found none. */
  failures: number
  looking: boolean
}

/** `asked`: it will be looked for. `known`: a document is in force and fresh. `waits`: a pause, or a look, is under way. `budget`: its principal asked too often. `full`: no more can be followed. `unfit`: it has no document. */
export type Asked = "asked" | "known" | "waits" | "budget" | "full" | "unfit"

/** Hosts and principals whose budgets are remembered. */
const BUDGETS = 10_000
/** Whoever asks for a document that is in force does not have it looked for more often. */
const AGAIN_MS = 60_000
/** A host that does not answer may be back soon; one that has no document, or a wrong one, waits for a person. */
const PAUSES = {
  unreachable: { firstMs: 5_000, longestMs: 3_600_000 },
  other: { firstMs: 60_000, longestMs: MAX_PAUSE_MS / 2 },
}

class Budgets {
  readonly #buckets = new Lru<TokenBucket>(BUDGETS)
  readonly #perMinute: number

  constructor(perMinute: number) {
    this.#perMinute = perMinute
  }

  /** @returns 0 where it is taken, else after how long to try again */
  take(name: string, now: number): number {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#perMinute / 60, this.#perMinute, now)
    this.#buckets.set(name, bucket)
    return bucket.take(1, now)
  }
}

export class Schedule {
  readonly #options: ScheduleOptions
  readonly #followed = new Map<string, Followed>()
  readonly #heap = new DueHeap()
  /** Looks that wait for the budget of their host, by the DID, and since when each has been due. */
  readonly #held = new Map<string, number>()
  readonly #hosts: Budgets
  readonly #principals: Budgets
  readonly #random: () => number
  #hostWaits = 0

  constructor(options: ScheduleOptions) {
    this.#options = options
    this.#hosts = new Budgets(options.hostPerMinute)
    this.#principals = new Budgets(options.principalPerMinute)
    this.#random = options.random ?? Math.random
  }

  /** DIDs that are followed. */
  get size(): number {
    return this.#followed.size
  }

  /** A device was turned away for want of its document. @param principal who handed its message in; null: nobody is known */
  ask(did: string, principal: string | null, now: number): Asked {
    const known = this.#followed.get(did)
    if (known?.looking) return "waits"
    if (known !== undefined && known.expires > now && now - known.checked < AGAIN_MS) return "known"
    if (known !== undefined && known.expires <= now && known.due > now && known.failures > 0) return "waits"
    // Whoever asks again and again neither loses its turn by it nor makes what waits look younger.
    if (known !== undefined && (known.due <= now || this.#held.has(did))) return "asked"
    if (this.#principals.take(principal ?? "", now) > 0) return "budget"
    const found = known ?? this.#follow(did)
    if (typeof found === "string") return found
    this.#at(did, found, now)
    return "asked"
  }

  /** What the log says of a DID: it was seen published, and when it expires. An older word changes nothing. */
  found(did: string, { checked, expires }: { readonly checked: number; readonly expires: number }): void {
    const known = this.#followed.get(did) ?? this.#follow(did)
    if (typeof known === "string" || checked < known.checked) return
    known.checked = checked
    known.expires = expires
    known.failures = 0
    known.looking = false
    // Spread over a tenth of the age: what was asked for together must not come again together.
    this.#at(did, known, checked + this.#options.softMs * (0.9 + this.#random() / 10))
  }

  /** What the log says of a DID: it could not be had, and when it is looked for again. */
  notFound(did: string, { checked, again }: { readonly checked: number; readonly again: number }): void {
    const known = this.#followed.get(did) ?? this.#follow(did)
    if (typeof known === "string" || checked < known.checked) return
    known.checked = checked
    known.failures = Math.max(1, known.failures)
    known.looking = false
    this.#at(did, known, again)
  }

  /** It is looked for at once, and from then on, though nobody asks. */
  keep(did: string, now: number): void {
    const known = this.#followed.get(did) ?? this.#follow(did)
    if (typeof known !== "string" && !known.looking) this.#at(did, known, now)
  }

  /** It is followed no more. */
  drop(did: string): void {
    this.#followed.delete(did)
    this.#held.delete(did)
  }

  /** It was looked for, and is again at that time. */
  again(did: string, at: number): void {
    const known = this.#followed.get(did)
    if (known === undefined) return
    known.failures = 0
    known.looking = false
    this.#at(did, known, at)
  }

  /** For how long the look that is due first has been due, also where its host may not be asked yet; 0 where none is. */
  behindMs(now: number): number {
    let since = this.#first()?.at ?? now
    for (const at of this.#held.values()) if (at < since) since = at
    return Math.max(0, now - since)
  }

  /** Looks that waited for the budget of a host, since the start. */
  get hostWaits(): number {
    return this.#hostWaits
  }

  /** After how long to look again for what could not be had. */
  pauseOf(did: string, why: UnavailableReason): number {
    const known = this.#followed.get(did)
    const failures = (known?.failures ?? 0) + 1
    if (known !== undefined) known.failures = failures
    return Math.ceil(pauseMs(why === "unreachable" ? PAUSES.unreachable : PAUSES.other, failures, this.#random))
  }

  /** The next DID to look for, which is under way from now on; null where none is due, or no host has its budget left. */
  take(now: number): string | null {
    for (;;) {
      const first = this.#first()
      if (first === undefined || first.at > now) return null
      this.#heap.pop()
      const { did } = first
      const known = this.#followed.get(did)!
      const wait = this.#hosts.take(known.host, now)
      if (wait > 0) {
        this.#hostWaits++
        const since = this.#held.get(did) ?? first.at
        this.#at(did, known, now + wait)
        this.#held.set(did, since)
        continue
      }
      this.#held.delete(did)
      known.looking = true
      return did
    }
  }

  /** The item of the heap that is due first. Those before it that count no more are dropped. */
  #first(): Due | undefined {
    for (;;) {
      const { first } = this.#heap
      if (first === undefined) return undefined
      const known = this.#followed.get(first.did)
      if (known !== undefined && !known.looking && known.due === first.at) return first
      this.#heap.pop()
    }
  }

  /** A look came to nothing that could be handed in: it is tried again soon. */
  gaveUp(did: string, now: number): void {
    const known = this.#followed.get(did)
    if (known === undefined) return
    known.looking = false
    this.#at(did, known, now + AGAIN_MS)
  }

  #follow(did: string): Followed | "full" | "unfit" {
    if (this.#followed.size >= this.#options.maximum) return "full"
    const location = locate(did)
    if ("reason" in location) return "unfit"
    const { host } = location
    const followed = { host, due: Number.POSITIVE_INFINITY, checked: 0, expires: 0, failures: 0, looking: false }
    this.#followed.set(did, followed)
    return followed
  }

  #at(did: string, followed: Followed, at: number): void {
    this.#held.delete(did)
    if (followed.due === at) return
    followed.due = at
    this.#heap.push({ at, did })
    // Items that count no more are few: each DID has one that does.
    if (this.#heap.size > 2 * this.#followed.size + 1_024) this.#sweep()
  }

  #sweep(): void {
    const kept: Array<{ readonly at: number; readonly did: string }> = []
    for (let item = this.#heap.pop(); item !== undefined; item = this.#heap.pop())
      if (this.#followed.get(item.did)?.due === item.at) kept.push(item)
    for (const item of kept) this.#heap.push(item)
  }
}
