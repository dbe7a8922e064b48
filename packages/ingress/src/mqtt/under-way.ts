/**
 * Publications that are not acknowledged yet, in the order in which they came: which go to the log next, and which are given up.
 *
 * - In order: of one sender nothing is handed over before what it sent earlier.
 * - A sender over its quota holds up nobody else: what waits for a quota fills at most half of what may be under way. Above that
 *   the newest of such senders are given up, for a broker has no way to take a message back.
 * - Bounded: `isFull` says that no more should be read.
 * Pure: the caller says what time it is.
 */
import { hash } from "node:crypto"
import type { Submission } from "../core/submission.ts"
import type { Acknowledge } from "./connection.ts"

/** One publication, until it is acknowledged. */
export interface Delivery {
  readonly topic: string
  readonly payload: Buffer
  readonly principal: string | null
  readonly submissions: ReadonlyArray<Submission>
  /** That of the last connection that brought it. */
  acknowledge: Acknowledge
  /** The reason code of the acknowledgement that it has earned; null while it waits. */
  earned: number | null
}

export interface Limits {
  /** Publications under way. */
  readonly publications: number
  /** Bytes of them. */
  readonly bytes: number
  /** Messages handed over at once. */
  readonly batch: number
  readonly batchBytes: number
}

const keyOf = (topic: string, payload: Buffer): string => `${hash("sha256", payload, "base64url")} ${topic}`

export class UnderWay {
  readonly #limits: Limits
  /** In order of arrival. */
  #waiting: Array<Delivery> = []
  /** Those whose acknowledgement has not gone out. */
  readonly #unacknowledged = new Set<Delivery>()
  /** Those of earlier connections, by what they hold. */
  readonly #orphans = new Map<string, Delivery>()
  /** Senders that must wait, and until when. */
  readonly #blocked = new Map<string, number>()
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** What is about to be sent again has its place already, and is not counted: it must be read to be known. */
  get isFull(): boolean {
    return this.#waiting.length - this.#orphans.size >= this.#limits.publications || this.#bytes >= this.#limits.bytes
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * The connection is gone: the broker will send again what was not acknowledged. It should do so under the same packet ids
   * (MQTT 5, section 4.4), and mosquitto does not after a restart, so it is known again by topic and bytes.
   */
  connectionLost(): void {
    for (const [key, delivery] of this.#orphans) {
      if (delivery.earned === null) continue
      // Durable, and a whole connection long not sent again: the session is another one.
      this.#orphans.delete(key)
      this.#unacknowledged.delete(delivery)
    }
    for (const delivery of this.#unacknowledged) this.#orphans.set(keyOf(delivery.topic, delivery.payload), delivery)
  }

  /**
   * The same publication, where it is here already and its broker sends it again: it then only has a new acknowledgement.
   * One that had earned its own while there was no connection gets it at once.
   * @returns whether it was here
   */
  sentAgain(topic: string, payload: Buffer, acknowledge: Acknowledge): boolean {
    if (this.#orphans.size === 0) return false
    const key = keyOf(topic, payload)
    const known = this.#orphans.get(key)
    if (known === undefined) return false
    this.#orphans.delete(key)
    known.acknowledge = acknowledge
    if (known.earned !== null) this.settle(known, known.earned)
    return true
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery)
    this.#bytes += delivery.payload.length
    this.#unacknowledged.add(delivery)
  }

  /** What goes to the log next; it stays here until `settle`. @param now milliseconds */
  next(now: number): ReadonlyArray<Delivery> {
    this.#unblock(now)
    const { batch, batchBytes } = this.#limits
    const taken: Array<Delivery> = []
    let messages = 0
    let bytes = 0
    for (const delivery of this.#waiting) {
      if (this.#blocked.size > 0 && this.#blocked.has(delivery.principal ?? "")) continue
      if (taken.length > 0 && (messages + delivery.submissions.length > batch || bytes >= batchBytes)) break
      taken.push(delivery)
      messages += delivery.submissions.length
      bytes += delivery.payload.length
    }
    return taken
  }

  /**
   * When something that waits may be handed over; null: nothing waits for a time. It may have passed since `next` was asked: then
   * whoever asks must not wait for news.
   */
  get nextAt(): number | null {
    return this.#waiting.length === 0 || this.#blocked.size === 0 ? null : Math.min(...this.#blocked.values())
  }

  /** A sender is over its quota. @returns what is given up because too much waits for quotas: its newest first */
  block(principal: string | null, until: number): ReadonlyArray<Delivery> {
    const sender = principal ?? ""
    this.#blocked.set(sender, until)
    const over = this.#heldByQuotas()
    const given: Array<Delivery> = []
    for (let at = this.#waiting.length - 1; at >= 0 && this.#isTooMuch(over); at--) {
      const delivery = this.#waiting[at]!
      if ((delivery.principal ?? "") !== sender) continue
      given.push(delivery)
      over.publications -= 1
      over.bytes -= delivery.payload.length
    }
    return given
  }

  /** Whether a newcomer of this sender finds the room for those who wait for quotas used up. */
  mustGiveUp(principal: string | null): boolean {
    if (!this.#blocked.has(principal ?? "")) return false
    const over = this.#heldByQuotas()
    over.publications += 1
    return this.#isTooMuch(over)
  }

  /** It is durable, or given up: acknowledged now, or as soon as its broker sends it again. */
  settle(delivery: Delivery, reasonCode: number): void {
    if (delivery.earned === null) {
      delivery.earned = reasonCode
      this.#bytes -= delivery.payload.length
      const at = this.#waiting.indexOf(delivery)
      if (at >= 0) this.#waiting.splice(at, 1)
    }
    if (delivery.acknowledge(reasonCode)) this.#unacknowledged.delete(delivery)
  }

  #heldByQuotas(): { publications: number; bytes: number } {
    const over = { publications: 0, bytes: 0 }
    for (const { principal, payload } of this.#waiting) {
      if (!this.#blocked.has(principal ?? "")) continue
      over.publications += 1
      over.bytes += payload.length
    }
    return over
  }

  #isTooMuch({ publications, bytes }: { readonly publications: number; readonly bytes: number }): boolean {
    return publications > this.#limits.publications / 2 || bytes > this.#limits.bytes / 2
  }

  #unblock(now: number): void {
    for (const [principal, until] of this.#blocked) if (until <= now) this.#blocked.delete(principal)
  }
}
