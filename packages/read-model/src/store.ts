/** The model as it lies in Redis: what can be done with it, in whole steps. */
import type { Connection } from "./connection.ts"
import { ReadModelError } from "./errors.ts"
import type { Fold, Patches } from "./fold.ts"
import type { Keys } from "./keys.ts"

/** The streams that feed the model, by the names under which their positions are kept. */
export const SOURCES = ["audit", "verified", "annotated", "quarantined", "rejected"] as const
export type Source = (typeof SOURCES)[number]

/** The next offset of each stream; null: none stored. */
export type Positions = Readonly<Record<Source, number | null>>

export interface Batch {
  /** What must be stored for the batch to count. */
  readonly from: Positions
  readonly next: Readonly<Record<Source, number>>
  /** Of the newest audit event, milliseconds since 1970; null where there is none. */
  readonly time: number | null
  /** Whether everything that the log held is in, with this batch. */
  readonly complete: boolean
  readonly patches: Patches
  readonly rejections: Fold["rejections"]
  readonly principals: Fold["principals"]
}

/** `moved`: another position is stored (somebody else applied, or Redis was emptied): read it again. `closed`: replaced by a rebuild. */
export type Applied = "ok" | "moved" | "closed"

export interface StoredPartition {
  readonly positions: Positions
  readonly time: number | null
  readonly complete: boolean
  readonly devices: number
}

/** Principals of a partition that are counted apart; the others count as one. */
const MAX_PRINCIPALS = 1_024
const NO_FACTS: ReadonlyMap<string, string> = new Map()

/** What a principal handed in and what was rejected, since the model began. */
export interface Principal {
  readonly principal: string
  readonly rejected: number
  /** Of these, how many the devices that they name had signed. */
  readonly signed: number
  /** When one was rejected last, milliseconds since 1970. */
  readonly time: number
}

const foreign = (server: string, key: unknown): ReadModelError =>
  new ReadModelError(
    "foreign",
    `the key ${String(key)} on Redis at ${server} holds something that is not ours: nothing was overwritten; choose another database in REDIS_URL, or delete that key`,
  )

/** @throws RangeError where it is no number that we would store */
const number = (text: string | null | undefined): number | null => {
  if (text === null || text === undefined) return null
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is no position`)
}

/** @throws ReadModelError where somebody else wrote into the key */
const storedOf = (
  fields: Readonly<Record<string, string | null>>,
  { server }: Connection,
  key: string,
): StoredPartition => {
  try {
    return {
      positions: Object.fromEntries(SOURCES.map((source) => [source, number(fields[source])])) as Positions,
      time: number(fields["time"]),
      complete: fields["complete"] === "1",
      devices: number(fields["devices"]) ?? 0,
    }
  } catch {
    throw foreign(server, key)
  }
}

export class Store {
  readonly keys: Keys
  private readonly connection: Connection
  private readonly maxStrangers: number

  constructor(connection: Connection, keys: Keys, maxStrangers: number) {
    this.connection = connection
    this.keys = keys
    this.maxStrangers = maxStrangers
  }

  /** The generation in use; begins one where there is none. @throws ReadModelError */
  async open(): Promise<string> {
    const [outcome, generation] = await this.connection.script("assayOpen", [this.keys.root])
    if (outcome !== "ok") throw foreign(this.connection.server, this.keys.root)
    return String(generation)
  }

  /** The generation in use, or null where there is none; writes nothing. @throws ReadModelError */
  current(): Promise<string | null> {
    return this.connection.call((redis) => redis.hget(this.keys.root, "current"))
  }

  /**
   * Redis may throw keys away by itself when it is full: a device would be unknown in silence.
   * @throws ReadModelError `memory` where it is set up so
   */
  async checkEviction(): Promise<void> {
    let info: string
    try {
      info = await this.connection.call((redis) => redis.info("memory"))
    } catch (cause) {
      // Whoever runs Redis may forbid INFO to us: then it is for them to know.
      if (cause instanceof ReadModelError && cause.code === "forbidden") return
      throw cause
    }
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "noeviction"
    const limited = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0) > 0
    if (limited && policy.startsWith("allkeys"))
      throw new ReadModelError(
        "memory",
        `Redis at ${this.connection.server} throws keys away when it is full (maxmemory-policy ${policy}), so devices would be missing in silence: set noeviction, or a volatile-* policy`,
      )
  }

  async partition(partition: number, generation: string): Promise<StoredPartition> {
    const key = this.keys.position(partition, generation)
    return storedOf(await this.connection.call((redis) => redis.hgetall(key)), this.connection, key)
  }

  /** All of the batch or nothing. Strangers above the limit are forgotten afterwards. @throws ReadModelError */
  async apply(partition: number, generation: string, batch: Batch): Promise<Applied> {
    const given: Array<string | number> = [SOURCES.length]
    for (const source of SOURCES) given.push(source, batch.from[source] ?? "", batch.next[source])
    given.push(batch.time ?? "", batch.complete ? "1" : "", this.maxStrangers, MAX_PRINCIPALS, batch.principals.length)
    for (const { principal, order, rejected, signed, time } of batch.principals)
      given.push(principal, order, rejected, signed, time)
    const { position, strangers, principals, device } = this.keys
    const keys = [position, strangers, principals].map((of) => of(partition, generation))
    for (const did of new Set([...batch.patches.keys(), ...batch.rejections.keys()])) {
      const facts = batch.patches.get(did) ?? NO_FACTS
      const rejections = batch.rejections.get(did) ?? []
      keys.push(device(partition, generation, did))
      given.push(did, facts.size, rejections.length)
      for (const [name, value] of facts) given.push(name, value)
      given.push(...rejections)
    }
    const [outcome, more] = await this.connection.script("assayApply", keys, given)
    if (outcome === "foreign") throw foreign(this.connection.server, more)
    if (outcome === "ok") await this.forget(partition, generation, more as ReadonlyArray<string>)
    return outcome as Applied
  }

  /** @param named DID and score by turns */
  private async forget(partition: number, generation: string, named: ReadonlyArray<string>): Promise<void> {
    if (named.length === 0) return
    const keys = [this.keys.position(partition, generation), this.keys.strangers(partition, generation)]
    for (let at = 0; at < named.length; at += 2) keys.push(this.keys.device(partition, generation, named[at]!))
    await this.connection.script("assayForget", keys, named)
  }

  async strangers(partition: number, generation: string): Promise<number> {
    return this.connection.call((redis) => redis.zcard(this.keys.strangers(partition, generation)))
  }

  /** By principal, in no order. @throws ReadModelError where somebody else wrote into the key */
  async principals(partition: number, generation: string): Promise<ReadonlyArray<Principal>> {
    const key = this.keys.principals(partition, generation)
    const fields = await this.connection.call((redis) => redis.hgetall(key))
    return Object.entries(fields).map(([principal, value]) => {
      const [, rejected, signed, time] = value.split(" ").map(Number)
      if (![rejected, signed, time].every(Number.isSafeInteger)) throw foreign(this.connection.server, key)
      return { principal, rejected: rejected!, signed: signed!, time: time! }
    })
  }

  /** A device's facts by name, and how far its partition has come; both of one moment. */
  async device(
    partition: number,
    generation: string,
    did: string,
  ): Promise<{ readonly facts: Readonly<Record<string, string>>; readonly at: StoredPartition }> {
    const key = this.keys.device(partition, generation, did)
    const position = this.keys.position(partition, generation)
    const replies = await this.connection.call((redis) => redis.multi().hgetall(key).hgetall(position).exec())
    const [facts, stored] = (replies ?? []).map(([error, value]) => {
      if (error !== null) throw foreign(this.connection.server, key)
      return value as Record<string, string>
    })
    return { facts: facts ?? {}, at: storedOf(stored ?? {}, this.connection, position) }
  }
}
