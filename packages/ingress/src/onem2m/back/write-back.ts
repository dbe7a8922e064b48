/**
 * Writes back into a CSE how its devices stand, and has access control there follow: one process, all partitions. It reads the log
 * from what is kept of it and keeps no position; what the CSE has is compared and made right, so a restart of either changes
 * nothing.
 *
 * A device that is quarantined or revoked loses its rights first, and with the next look at the log, which news wakes.
 */
import { type Handler, type Loop, limitRepeats, runLoop, type Step } from "@assay/consumer"
import type { Log, LogRecord } from "@assay/log"
import { decodeAssayed, decodeAudit, decodeKnowledge, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { RootSet } from "@assay/trust"
import type { CseClient } from "../client.ts"
import { CseRefusalError, isObject, RSC, textIn } from "../primitive.ts"
import { PolicyInForce } from "./in-force.ts"
import { isSame, type Member, privilegesOf, type Rule } from "./privileges.ts"
import { Resources } from "./resources.ts"
import { isSuspended, Standings } from "./standing.ts"

export interface WriteBackOptions {
  readonly log: Log
  readonly roots: RootSet
  readonly client: CseClient
  /** `/id-in/cse-in`. */
  readonly cseBase: string
  readonly aeId: string
  /** DIDs by AE-ID. */
  readonly devices: ReadonlyMap<string, string>
  /** AE-IDs of applications that may read standings. */
  readonly applications: ReadonlyArray<string>
  /** Addresses of the containers that belong to an AE, whose access follows the policy. */
  readonly containersOf: (aeId: string) => ReadonlyArray<string>
  /** Whether the CSE has the adapter's AE, below which all is written: nothing is before. */
  readonly isRegistered: () => boolean
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How often everything is looked at again, milliseconds. */
  readonly sweepMs?: number
  /** The same problem at most once a minute. */
  readonly onProblem: (what: string) => void
}

export interface WriteBackCounts {
  /** Standings that were reported. */
  readonly reported: number
  /** Access control policies that were written. */
  readonly written: number
  /** Those that somebody else had made wider. */
  readonly widened: number
  readonly failures: number
}

export interface RunningWriteBack {
  counts(): WriteBackCounts
  /** Resolves when all that was decided until now is reported. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const SOURCES = ["knowledge", "verified", "annotated", "audit"] as const
type Source = (typeof SOURCES)[number]

const RECORDS = 512
const BYTES = 1 << 20
const IDLE_MS = 1_000
const SWEEP_MS = 30_000
const REPORT_MS = 60_000
const PAUSES = { firstMs: 250, longestMs: 30_000 }
/** A device's standing is reported at most so often, but for its trust. */
const TELL_MS = 1_000

const policyName = (aeId: string): string => `assay-${aeId}`

/** All devices of one CSE. Partitions feed it; it alone talks to the CSE. */
class Site {
  readonly standings: Standings
  readonly inForce: PolicyInForce
  readonly count = { reported: 0, written: 0, widened: 0, failures: 0 }
  readonly problem: (what: string) => void
  readonly #options: WriteBackOptions
  readonly #resources: Resources
  readonly #members: ReadonlyMap<string, string>
  readonly #granted = new Map<string, ReadonlyArray<Rule>>()
  /** Devices of which something is to be reported; true: their trust. */
  readonly #news = new Map<string, boolean>()
  readonly #toldAt = new Map<string, number>()
  /** Partitions that were read to their end once: before all were, nobody knows who is suspended. */
  readonly #reached = new Set<number>()
  #isPolicyNew = true
  #sweptAt = 0
  #working: Promise<void> = Promise.resolve()

  constructor(options: WriteBackOptions) {
    this.#options = options
    const report = limitRepeats((what: string) => options.onProblem(what), REPORT_MS)
    this.problem = (what) => report(what, null)
    this.#resources = new Resources(options)
    this.#members = new Map([...options.devices].map(([aeId, did]) => [did, aeId]))
    this.standings = new Standings((device) => this.#members.has(device))
    this.inForce = new PolicyInForce(options.roots)
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  policyChanged(): void {
    this.#isPolicyNew = true
  }

  changed(device: string, isTrust: boolean): void {
    this.#news.set(device, isTrust || this.#news.get(device) === true)
  }

  #member(did: string): Member {
    return { did, aeId: this.#members.get(did)!, standing: this.standings.get(did) }
  }

  reached(partition: number): void {
    this.#reached.add(partition)
  }

  /** What is due is written, whoever asks; one at a time. */
  work(): Promise<void> {
    if (this.#reached.size < this.#options.log.partitions || !this.#options.isRegistered()) return Promise.resolve()
    const next = this.#working.then(() => this.#work())
    this.#working = next.catch(() => undefined)
    return next
  }

  async #work(): Promise<void> {
    const now = this.#now()
    const moved = [...this.#news].filter(([, isTrust]) => isTrust).map(([did]) => did)
    // Who is suspended loses its rights before anything else is reported.
    for (const did of moved.toSorted((a, b) => Number(this.#isShut(b)) - Number(this.#isShut(a)))) {
      await this.#grant(did)
      for (const other of this.#readersOf(did)) await this.#grant(other)
    }
    if (this.#isPolicyNew || now - this.#sweptAt >= (this.#options.sweepMs ?? SWEEP_MS)) {
      for (const did of this.#members.keys()) await this.#grant(did, true)
      this.#isPolicyNew = false
      this.#sweptAt = now
    }
    for (const [did, isTrust] of [...this.#news]) {
      if (!isTrust && now - (this.#toldAt.get(did) ?? 0) < TELL_MS) continue
      this.#news.delete(did)
      try {
        await this.#tell(did)
        this.#toldAt.set(did, now)
      } catch (cause) {
        this.changed(did, isTrust)
        throw cause
      }
    }
  }

  #isShut(did: string): boolean {
    return isSuspended(this.standings.get(did))
  }

  /** Devices at whose resources this one was granted something. */
  #readersOf(did: string): ReadonlyArray<string> {
    const aeId = this.#members.get(did)!
    return [...this.#granted].flatMap(([other, rules]) =>
      other !== did && rules.some(({ acor }) => acor.includes(aeId)) ? [other] : [],
    )
  }

  /** One device that the CSE keeps from us must not keep the others waiting. */
  async #grant(did: string, looks = false): Promise<void> {
    try {
      await this.#have(did, looks)
    } catch (cause) {
      if (!(cause instanceof CseRefusalError)) throw cause
      this.count.failures += 1
      this.problem(cause.message)
    }
  }

  /** @param looks whether the CSE is asked although nothing is to be changed */
  async #have(did: string, looks: boolean): Promise<void> {
    const member = this.#member(did)
    const { policy } = this.inForce
    const others = [...this.#members.keys()].map((one) => this.#member(one))
    const { aeId, cseBase, containersOf, client } = this.#options
    const rules = privilegesOf(member, others, policy === null ? null : { policy, time: this.#now() }, aeId)
    const before = this.#granted.get(did)
    if (!looks && before !== undefined && isSame(before, rules)) return
    const there = await client.request({ operation: "retrieve", to: `${cseBase}/${member.aeId}` })
    if (there.rsc === RSC.notFound) {
      // It was deregistered: its rights end with it, and begin anew where it comes back.
      await this.#resources.deleteAcp(policyName(member.aeId))
      this.#granted.delete(did)
      return
    }
    const { resourceId, wasWider } = await this.#resources.acp(policyName(member.aeId), rules)
    if (wasWider.length > 0 && before !== undefined && isSame(before, rules)) {
      this.count.widened += 1
      this.problem(
        `the access control policy of ${member.aeId} had been made wider by somebody else: ${wasWider.join(", ")}`,
      )
    }
    if (before === undefined || !isSame(before, rules)) this.count.written += 1
    this.#granted.set(did, rules)
    for (const address of containersOf(member.aeId)) await this.#resources.govern(address, [resourceId])
  }

  async #tell(did: string): Promise<void> {
    const { aeId, standing } = this.#member(did)
    const { trust, since, last } = standing
    const { cseBase, client } = this.#options
    const there = await client.request({ operation: "retrieve", to: `${cseBase}/${aeId}` })
    const [ae] = there.rsc === RSC.ok && isObject(there.content) ? Object.values(there.content) : []
    const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
    await this.#resources.tell(aeId, {
      device: did,
      // It may be that we may not read it: then it is there.
      registered: there.rsc !== RSC.notFound,
      node: textIn(ae, "nl"),
      trust,
      since: iso(since),
      last: last === null ? null : { ...last, time: iso(last.time) },
    })
    this.count.reported += 1
  }
}

/** Feeds the site with one partition. */
class Partition implements Handler {
  readonly #log: Log
  readonly #partition: number
  readonly #site: Site
  readonly #next = new Map<Source, number>()

  constructor(log: Log, partition: number, site: Site) {
    this.#log = log
    this.#partition = partition
    this.#site = site
  }

  get next(): number {
    return this.#next.get("audit") ?? 0
  }

  async step(): Promise<Step> {
    let handled = 0
    for (const source of SOURCES) {
      const records = await this.#read(source)
      for (const record of records) this.#take(source, record)
      handled += records.length
    }
    // Old news is reported when all of it is known.
    if (handled === 0) {
      this.#site.reached(this.#partition)
      await this.#site.work()
    }
    return { handled, atEnd: handled === 0 }
  }

  async idle(): Promise<void> {
    await this.#site.work()
  }

  async #read(source: Source): Promise<ReadonlyArray<LogRecord>> {
    const at = { stream: STREAMS[source], partition: this.#partition }
    const { start } = await this.#log.bounds(at)
    const from = Math.max(start, this.#next.get(source) ?? 0)
    const records = await this.#log.read(at, from, RECORDS, BYTES)
    const last = records.at(-1)
    this.#next.set(source, last === undefined ? from : last.offset + 1)
    return records
  }

  #take(source: Source, { value }: LogRecord): void {
    const site = this.#site
    if (source === "knowledge") {
      const item = readable(() => decodeKnowledge(value))
      if (item !== null && site.inForce.take(item)) site.policyChanged()
      return
    }
    if (source === "audit") {
      const event = readable(() => decodeAudit(value))
      const device = event === null ? null : site.standings.audit(event)
      if (device !== null) site.changed(device, event!.kind === "transition")
      return
    }
    const message = readable(() => decodeAssayed(value))
    const device = message === null ? null : site.standings.message(message)
    if (device !== null) site.changed(device, true)
  }
}

/** Begins to read at once. Never rejects for what the log or the CSE says: that is tried again. */
export const startWriteBack = (options: WriteBackOptions): RunningWriteBack => {
  const { log } = options
  const site = new Site(options)
  const loops: ReadonlyArray<Loop> = Array.from({ length: log.partitions }, (_, partition) =>
    runLoop(new Partition(log, partition, site), {
      log,
      at: { stream: STREAMS.audit, partition },
      idleMs: IDLE_MS,
      pauses: PAUSES,
      atStop: "step",
      onProblem: ({ cause }) => {
        site.count.failures += 1
        site.problem(`writing back to the CSE failed: ${(cause as Error).message}`)
      },
    }),
  )
  return {
    counts: () => ({ ...site.count }),
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled()))
      await site.work()
    },
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}
