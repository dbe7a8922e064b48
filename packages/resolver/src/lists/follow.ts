/**
 * Follows the status lists of issuers: those that the bundle names, and under its patterns those that are in force. Each is fetched
 * again and again, and a newer one is handed in as its issuer signed it: the resolver signs nothing, and adds nothing to it. Pure but
 * for what it is given; the caller says what time it is. Times in milliseconds.
 */
import { Lru, pauseMs, TokenBucket } from "@assay/bounded"
import { MAX_SIGNED_LIST_BYTES, readSignedList } from "@assay/credentials"
import {
  type Active,
  itemKey,
  type PublishedStatusList,
  publisherOf,
  REGISTRY_KIND,
  type RegistryAnswers,
  statusListSubject,
  type TrustBundle,
} from "@assay/trust"
import type { FetchFailure, Get } from "../fetch/get.ts"

export interface ListOptions {
  readonly get: Get
  /** A list is asked for again after so long, unless it says that it may be kept for longer. */
  readonly everyMs: number
  /** Requests to one host in a minute. */
  readonly hostPerMinute: number
  /** Hands in a signed list. */
  readonly publish: (signed: Uint8Array) => Promise<void>
  readonly report: (message: string, cause: unknown) => void
  readonly onHandedIn: (id: string, detail: string) => void
  readonly now: () => number
}

interface Followed {
  readonly issuer: string
  readonly id: string
  /** When it is asked for next. */
  due: number
  /** Of the newest that is known to be in force, or was handed in. */
  issued: number
  etag: string | null
  /** For how long the list that `etag` names may be kept, as it says itself; null where it does not say. */
  ttlMs: number | null
  /** Looks in a row that came to nothing. */
  failures: number
  looking: boolean
}

/** As many as can be in force. */
const MAX_FOLLOWED = 256
const HOSTS = 256
const AT_ONCE = 4
/** Media types of lists, and what web servers send for files that they do not know. */
const TYPES = [
  "application/statuslist+jwt",
  "application/statuslist+cwt",
  "application/vc+jwt",
  "application/jwt",
  "text/plain",
  "application/octet-stream",
]
const PAUSES = { firstMs: 5_000, longestMs: 300_000 }
/** However long a list says that it may be kept: a suspension that is lifted, or a revocation, waits no longer. */
const LONGEST_MS = 300_000

/** Host and path of an https URL without a port; null where it is none. */
const placeOf = (id: string): { readonly host: string; readonly path: string } | null => {
  const url = URL.canParse(id) ? new URL(id) : null
  if (url === null || url.protocol !== "https:" || url.port !== "" || url.username !== "" || url.password !== "")
    return null
  return { host: url.hostname, path: `${url.pathname}${url.search}` }
}

export class StatusLists {
  readonly #options: ListOptions
  readonly #followed = new Map<string, Followed>()
  readonly #hosts = new Lru<TokenBucket>(HOSTS)
  readonly #looks = new Set<Promise<void>>()
  /** What registries answered, by `itemKey`. */
  readonly #registries = new Map<string, Active<RegistryAnswers>>()
  #bundle: TrustBundle | null = null
  #isStopping = false

  constructor(options: ListOptions) {
    this.#options = options
  }

  /** How many are followed. */
  get size(): number {
    return this.#followed.size
  }

  /**
   * A bundle in force: names that it has no more are dropped, and new ones are asked for at once. Each partition tells of it; the
   * newest counts, so that one that is behind drops nothing.
   */
  trust(bundle: TrustBundle | null): void {
    if (bundle === null || bundle.version <= (this.#bundle?.version ?? -1)) return
    this.#bundle = bundle
    this.#dropUnpublished()
    for (const { did, status } of bundle.issuers)
      for (const id of status?.lists ?? [])
        if (!id.endsWith("*") && this.#follow(did, id) === null)
          this.#options.report(`the status list ${id}`, new Error(`it is not followed: ${MAX_FOLLOWED} others are`))
  }

  /** What a registry answered came into force: lists of issuers that it authorizes no more are dropped. */
  answered(item: Active<RegistryAnswers>): void {
    const key = itemKey(REGISTRY_KIND, item.body.authority)
    if (item.version <= (this.#registries.get(key)?.version ?? -1)) return
    this.#registries.set(key, item)
    this.#dropUnpublished()
  }

  /** A list that came into force, as the log has it. */
  inForce({ issuer, id, issued }: Pick<PublishedStatusList, "issuer" | "id" | "issued">): void {
    const followed = this.#isPublished(issuer, id) ? this.#follow(issuer, id) : null
    if (followed !== null) followed.issued = Math.max(followed.issued, issued)
  }

  /** Asks for what is due. @returns when all looks that are under way have ended, those that it began included */
  async look(): Promise<void> {
    this.#begin()
    await this.settled()
  }

  /** Begins nothing. */
  async settled(): Promise<void> {
    while (this.#looks.size > 0) await Promise.all(this.#looks)
  }

  /** Begins nothing more. @returns when the looks that are under way have ended */
  stop(): Promise<void> {
    this.#isStopping = true
    return this.settled()
  }

  #begin(): void {
    const now = this.#options.now()
    for (const followed of this.#followed.values()) {
      if (this.#isStopping || this.#looks.size >= AT_ONCE) return
      if (followed.looking || followed.due > now) continue
      const place = placeOf(followed.id)
      // The bundle's shape allows no other; an item in force may be older than that rule.
      if (place === null) {
        followed.due = Number.POSITIVE_INFINITY
        continue
      }
      const wait = this.#bucketOf(place.host, now).take(1, now)
      if (wait > 0) {
        followed.due = now + wait
        continue
      }
      followed.looking = true
      const look = this.#lookAt(followed, place).finally(() => {
        followed.looking = false
        this.#looks.delete(look)
        this.#begin()
      })
      this.#looks.add(look)
    }
  }

  async #lookAt(followed: Followed, place: { readonly host: string; readonly path: string }): Promise<void> {
    const { get, publish, onHandedIn } = this.#options
    let etag: string | null = null
    const asked = { ...place, maximum: MAX_SIGNED_LIST_BYTES, types: TYPES, etag: followed.etag }
    const found = await get({ ...asked, onEtag: (given) => (etag = given) })
    if ("reason" in found && found.reason !== "unchanged") return this.#failed(followed, found)
    if ("reason" in found) return this.#again(followed, followed.ttlMs)
    const read = readSignedList(found)
    const why = "detail" in read ? read.detail : this.#whyNot(followed, read)
    if (why !== null || "detail" in read) return this.#failed(followed, { reason: "refused", detail: why ?? "" })
    if (read.issued > followed.issued) {
      try {
        await publish(found)
      } catch (cause) {
        return this.#failed(followed, cause)
      }
      onHandedIn(read.id, `signed ${new Date(read.issued).toISOString()}`)
    }
    // An older one than is in force stays with its server: a cache of it is behind, and the next look may find the newer.
    if (read.issued >= followed.issued) {
      followed.issued = read.issued
      followed.etag = etag
      followed.ttlMs = read.ttlMs
    }
    this.#again(followed, read.ttlMs)
  }

  /** It must be what was asked for: a server may have anything under a name. */
  #whyNot({ issuer, id }: Followed, read: { readonly issuer: string; readonly id: string }): string | null {
    if (read.id !== id) return `it is the list ${read.id}`
    return read.issuer === issuer ? null : `it is signed by ${read.issuer}, and its issuer is ${issuer}`
  }

  /** @param ttlMs for how long the list says that it may be kept; null: it does not say */
  #again(followed: Followed, ttlMs: number | null): void {
    const { everyMs, now } = this.#options
    followed.failures = 0
    followed.due = now() + Math.min(Math.max(everyMs, ttlMs ?? everyMs), Math.max(everyMs, LONGEST_MS))
  }

  #failed(followed: Followed, cause: FetchFailure | unknown): void {
    const { report, now } = this.#options
    followed.failures++
    followed.due = now() + Math.ceil(pauseMs(PAUSES, followed.failures, Math.random))
    report(`the status list ${followed.id}`, cause instanceof Error ? cause : new Error(detailOf(cause)))
  }

  #dropUnpublished(): void {
    for (const [key, { issuer, id }] of this.#followed) if (!this.#isPublished(issuer, id)) this.#followed.delete(key)
  }

  #bucketOf(host: string, now: number): TokenBucket {
    const { hostPerMinute } = this.#options
    const bucket = this.#hosts.get(host) ?? new TokenBucket(hostPerMinute / 60, hostPerMinute, now)
    this.#hosts.set(host, bucket)
    return bucket
  }

  #isPublished(did: string, id: string): boolean {
    return this.#bundle !== null && publisherOf(this.#bundle, this.#registries, did, id) !== null
  }

  #follow(issuer: string, id: string): Followed | null {
    const key = statusListSubject(issuer, id)
    const known = this.#followed.get(key)
    if (known !== undefined) return known
    if (this.#followed.size >= MAX_FOLLOWED) return null
    const followed = { issuer, id, due: 0, issued: 0, etag: null, ttlMs: null, failures: 0, looking: false }
    this.#followed.set(key, followed)
    return followed
  }
}

const detailOf = (cause: unknown): string => {
  const { reason, detail } = cause as FetchFailure
  return `${reason}: ${detail}`
}
