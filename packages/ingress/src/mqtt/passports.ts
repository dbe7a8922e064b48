/**
 * Passports to the devices that use them: each to its device's own topic, retained, so that a device which connects later has it too. When
 * a device falls out of trust or of its life, the broker lets go of what it retains. Which passports count no more devices know by the
 * revocation snapshot, not by this: what a broker holds back or repeats changes nothing.
 */
import { Lru } from "@assay/bounded"
import {
  alone,
  type Checkpoint,
  type Handler,
  joinGroup,
  limitRepeats,
  type RunningGroup,
  type Step,
} from "@assay/consumer"
import { type Log, type LogRecord, type StreamPartition, TakenOverError } from "@assay/log"
import { decodeAudit, decodePassport, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { lifeMovedIn } from "@assay/trust"
import { type TopicTemplate, topicOf } from "./topics.ts"

export interface PassportPushOptions {
  readonly log: Log
  /** The consumer group; null: this process has all partitions to itself. */
  readonly group: string | null
  readonly checkpoint: Checkpoint
  readonly topic: TopicTemplate
  /** Retained; an empty payload takes back what the broker retains (MQTT 5, section 3.3.1.3). */
  readonly publish: (topic: string, payload: Buffer) => Promise<void>
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly onProblem: (what: string, cause: unknown) => void
}

export interface PassportCounts {
  readonly sent: number
  readonly withdrawn: number
  /** The broker takes them from nobody with our name, or the DID is no segment of a topic. */
  readonly refused: number
}

export interface RunningPassportPush {
  counts(): PassportCounts
  /** Resolves when all that is issued now has been sent. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const READ = 256
const READ_BYTES = 1 << 20
const PAUSES = { firstMs: 200, longestMs: 10_000 }
const REPEAT_MS = 60_000
const REFUSED = 128
const NOTHING = Buffer.alloc(0)
/** Devices of late of which is known what came last. */
const MAX_DEVICES = 100_000

const isRefused = (cause: unknown): boolean => Number((cause as { readonly code?: unknown }).code) >= REFUSED

/** What becomes of a record: a passport to send, or a device of which the broker is to let go; null: nothing. */
interface Push {
  readonly device: string
  readonly payload: Buffer
  /** The audit offset: of the loss, or the one that the passport was issued at. */
  readonly audit: number
}

const issued = ({ value }: LogRecord, now: number): Push | null => {
  const passport = readable(() => decodePassport(value))
  if (passport === null || passport.expires <= now) return null
  const { device, cwt, jwt, audit } = passport
  return { device, payload: cwt === null ? Buffer.from(jwt) : Buffer.from(cwt), audit }
}

/** Out of trust, or out of its life: what was issued before counts no more. */
const lost = ({ value, offset }: LogRecord): Push | null => {
  const event = readable(() => decodeAudit(value))
  if (event === null || event.device === null) return null
  const isLost =
    (event.kind === "transition" && event.from === "trusted" && event.to !== "trusted") ||
    (lifeMovedIn(event)?.to ?? "active") !== "active"
  return isLost ? { device: event.device, payload: NOTHING, audit: offset } : null
}

class Pushed implements Handler {
  next = 0
  readonly #options: PassportPushOptions
  readonly #at: StreamPartition
  readonly #read: (record: LogRecord) => Push | null
  readonly #send: (push: Push) => Promise<void>
  readonly #confirm: () => Promise<boolean>
  #isLoaded = false
  #isTaken = false

  constructor(
    options: PassportPushOptions,
    at: StreamPartition,
    read: (record: LogRecord) => Push | null,
    send: (push: Push) => Promise<void>,
    confirm: () => Promise<boolean>,
  ) {
    this.#options = options
    this.#at = at
    this.#read = read
    this.#send = send
    this.#confirm = confirm
  }

  async step(): Promise<Step> {
    const { log, checkpoint } = this.#options
    if (this.#isTaken && !(await this.#confirm())) throw new Error("another process of the group has this partition")
    this.#isTaken = false
    // Not the start of what is kept: a group's position moves only from where it is, and what is gone is passed over by reading.
    if (!this.#isLoaded) this.next = (await checkpoint.load(this.#at)) ?? 0
    this.#isLoaded = true
    const records = await log.read(this.#at, this.next, READ, READ_BYTES)
    const last = records.at(-1)
    if (last === undefined) return { handled: 0, atEnd: true }
    try {
      // The newest of a device takes the place of those before it.
      const latest = new Map<string, Push>()
      for (const record of records) {
        const push = this.#read(record)
        if (push !== null) latest.set(push.device, push)
      }
      for (const push of latest.values()) await this.#send(push)
      await checkpoint.save(this.#at, this.next, last.offset + 1)
    } catch (cause) {
      this.#isLoaded = false
      this.#isTaken = cause instanceof TakenOverError
      throw cause
    }
    this.next = last.offset + 1
    return { handled: records.length, atEnd: records.length < READ }
  }
}

/** @throws what the log says at joining */
export const startPassportPush = async (options: PassportPushOptions): Promise<RunningPassportPush> => {
  const { log, group, topic, publish, now = Date.now } = options
  const count = { sent: 0, withdrawn: 0, refused: 0 }
  const report = limitRepeats(options.onProblem, REPEAT_MS)
  // Two streams are read side by side: a passport that was issued before a loss must not come after it, nor the other way round.
  const last = { issued: new Lru<number>(MAX_DEVICES), lost: new Lru<number>(MAX_DEVICES) }
  const send = async ({ device, payload, audit }: Push): Promise<void> => {
    const isIssued = payload.length > 0
    const other = (isIssued ? last.lost : last.issued).get(device) ?? -1
    if (isIssued ? other >= audit : other > audit) return
    ;(isIssued ? last.issued : last.lost).set(device, audit)
    const to = topicOf(topic, device)
    if (to === null) {
      count.refused += 1
      return
    }
    try {
      await publish(to, payload)
      if (isIssued) count.sent += 1
      else count.withdrawn += 1
    } catch (cause) {
      if (!isRefused(cause)) throw cause
      count.refused += 1
      report(`the broker refuses passports on ${to}: let this client write there in its ACL`, cause)
    }
  }
  const sources = [
    [STREAMS.passports, (record: LogRecord) => issued(record, now())],
    [STREAMS.audit, lost],
  ] as const
  const running: RunningGroup = await joinGroup({
    log: group === null ? alone(log) : log,
    group: group ?? "passports",
    stream: STREAMS.passports,
    sourcesOf: (partition, confirm) =>
      sources.map(([stream, read]) => {
        const at = { stream, partition }
        return { at, handler: new Pushed(options, at, read, send, confirm) }
      }),
    idleMs: 5_000,
    pauses: PAUSES,
    atStop: "step",
    checkMs: 10_000,
    onProblem: ({ at, cause, halted }) =>
      report(`passports of partition ${at.partition} of ${at.stream} ${halted ? "have stopped" : "wait"}`, cause),
  })
  return { counts: () => ({ ...count }), settled: running.settled, stop: running.stop }
}
