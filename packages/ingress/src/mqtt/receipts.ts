/**
 * Receipts: a device hears what became of what it sent, on a topic that the broker's ACL lets it alone read.
 *
 *   {"alg":"Ed25519","kid":"did:key:...#...","typ":"assay-receipt+jwt"}
 *   {"iss":"did:key:...","sub":"<DID of the device>","dig":"<digest of the message>","rcp":"taken","iat":1760000000}
 *
 * `taken`: verified or annotated. `held`: quarantined. Nothing else is said: reasons, trust and limits would guide a thief.
 * Only authenticated messages have one, and only those that came over the device's own topic. `dig` is what the next message
 * names in `prv`. At least once: after a crash the same receipt may come again.
 */
import { Lru, TokenBucket } from "@assay/bounded"
import { alone, type Checkpoint, type Handler, joinGroup, limitRepeats, type Step } from "@assay/consumer"
import { type Log, type StreamPartition, TakenOverError } from "@assay/log"
import { decodeAssayed, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AssayedMessage, signerOf } from "@assay/trust"
import { type Receipt, receiptFor } from "../core/receipt.ts"
import { type TopicTemplate, topicOf } from "./topics.ts"

export const RECEIPT_TYPE = "assay-receipt+jwt"

export interface ReceiptClaims {
  readonly iss: string
  readonly sub: string
  readonly dig: string
  readonly rcp: Receipt
  /** Seconds since 1970, of the log's time of the message. */
  readonly iat: number
}

export interface ReceiptCounts {
  readonly sent: number
  /** Above the rate of their device. */
  readonly leftOut: number
  /** The broker takes them from nobody with our name, or the DID is no segment of a topic. */
  readonly refused: number
}

export interface ReceiptOptions {
  readonly log: Log
  /** The consumer group; null: this process has all partitions to itself. */
  readonly group: string | null
  readonly checkpoint: Checkpoint
  /** The DID that signs. */
  readonly issuer: string
  /** A compact JWS with `RECEIPT_TYPE`. */
  readonly sign: (claims: ReceiptClaims) => Buffer | Promise<Buffer>
  readonly topic: TopicTemplate
  /** Of each device. */
  readonly perSecond: number
  readonly publish: (topic: string, payload: Buffer) => Promise<void>
  readonly onProblem: (what: string, cause: unknown) => void
}

export interface RunningReceipts {
  counts(): ReceiptCounts
  /** Resolves when all that is decided now has its receipt. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const DECIDED = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined] as const
const READ = 256
const READ_BYTES = 4 << 20
const PAUSES = { firstMs: 200, longestMs: 10_000 }
const MAX_DEVICES = 100_000
const REPEAT_MS = 60_000
/** Of MQTT 5: the broker will never take it. */
const REFUSED = 128

const isRefused = (cause: unknown): boolean => {
  const { code } = cause as { readonly code?: unknown }
  return typeof code === "number" && code >= REFUSED
}

/** What a device hears; null: nothing. */
export const receiptOf = (message: AssayedMessage, issuer: string): ReceiptClaims | null => {
  const { claims, decision, envelope, time } = message
  if (claims === null || decision === null || decision.kind !== "original") return null
  if (envelope.binding !== "mqtt" || envelope.principal !== signerOf(claims.iss)) return null
  const rcp = receiptFor(decision.outcome)
  return { iss: issuer, sub: claims.iss, dig: claims.digest, rcp, iat: Math.floor(time / 1000) }
}

class Receipts implements Handler {
  next = 0
  readonly #options: ReceiptOptions
  readonly #at: StreamPartition
  readonly #send: (message: AssayedMessage) => Promise<void>
  readonly #confirm: () => Promise<boolean>
  #isLoaded = false
  #isTaken = false

  /** @param confirm whether the partition still is ours, as the group says */
  constructor(
    options: ReceiptOptions,
    at: StreamPartition,
    send: (message: AssayedMessage) => Promise<void>,
    confirm: () => Promise<boolean>,
  ) {
    this.#options = options
    this.#at = at
    this.#send = send
    this.#confirm = confirm
  }

  async step(): Promise<Step> {
    const { log, checkpoint } = this.#options
    if (this.#isTaken && !(await this.#confirm())) throw new Error("another process of the group has this partition")
    this.#isTaken = false
    if (!this.#isLoaded) await this.#load()
    const records = await log.read(this.#at, this.next, READ, READ_BYTES)
    const last = records.at(-1)
    if (last === undefined) return { handled: 0, atEnd: true }
    try {
      // What is none of ours has no receipt.
      for (const { value } of records) {
        const message = readable(() => decodeAssayed(value))
        if (message !== null) await this.#send(message)
      }
      await checkpoint.save(this.#at, this.next, last.offset + 1)
    } catch (cause) {
      this.#isLoaded = false
      // Two who believe that it is theirs would take it from each other for ever.
      this.#isTaken = cause instanceof TakenOverError
      throw cause
    }
    this.next = last.offset + 1
    return { handled: records.length, atEnd: records.length < READ }
  }

  /** Without a position: from now on. What was decided before nobody waits for. */
  async #load(): Promise<void> {
    const { log, checkpoint } = this.#options
    const kept = await checkpoint.load(this.#at)
    this.next = kept ?? (await log.bounds(this.#at)).end
    // A group has no position that differs from none while its stream is empty.
    if (kept === null && (this.next > 0 || !log.traits.shared)) await checkpoint.save(this.#at, 0, this.next)
    this.#isLoaded = true
  }
}

/** @throws what the log says at joining */
export const startReceipts = async (options: ReceiptOptions): Promise<RunningReceipts> => {
  const { log, group, issuer, sign, topic, perSecond, publish } = options
  const count = { sent: 0, leftOut: 0, refused: 0 }
  const buckets = new Lru<TokenBucket>(MAX_DEVICES)
  const report = limitRepeats(options.onProblem, REPEAT_MS)

  const mayHave = (device: string): boolean => {
    const now = performance.now()
    const bucket = buckets.get(device) ?? new TokenBucket(perSecond, perSecond, now)
    buckets.set(device, bucket)
    return bucket.take(1, now) === 0
  }
  const send = async (message: AssayedMessage): Promise<void> => {
    const receipt = receiptOf(message, issuer)
    if (receipt === null) return
    // Who cannot sign reads no topic either: its gateway does.
    const reader = signerOf(receipt.sub)
    const to = topicOf(topic, reader)
    if (to === null) count.refused += 1
    else if (!mayHave(reader)) count.leftOut += 1
    else
      try {
        await publish(to, await sign(receipt))
        count.sent += 1
      } catch (cause) {
        if (!isRefused(cause)) throw cause
        count.refused += 1
        report(`the broker refuses receipts on ${to}: let this client write there in its ACL`, cause)
      }
  }
  const running = await joinGroup({
    log: group === null ? alone(log) : log,
    group: group ?? "receipts",
    stream: STREAMS.verified,
    sourcesOf: (partition, confirm) =>
      DECIDED.map((stream) => {
        const at = { stream, partition }
        return { at, handler: new Receipts(options, at, send, confirm) }
      }),
    idleMs: 5_000,
    pauses: PAUSES,
    atStop: "step",
    checkMs: 10_000,
    onProblem: ({ at, cause, halted }) =>
      report(`receipts of partition ${at.partition} of ${at.stream} ${halted ? "have stopped" : "wait"}`, cause),
  })
  return { counts: () => ({ ...count }), settled: running.settled, stop: running.stop }
}
