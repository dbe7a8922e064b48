/**
 * Publications to devices, each to its own topic, made of what streams say: every stream of every partition is followed, and a position
 * is kept when the broker has what came before it. At least once: after a crash the same may come again.
 */
import { alone, type Checkpoint, type Handler, joinGroup, limitRepeats, type Step } from "@assay/consumer"
import { type Log, type LogRecord, type StreamPartition, TakenOverError } from "@assay/log"
import type { TopicTemplate } from "./topics.ts"

/** Where the streams lie, and where publications go. */
export interface PushOptions {
  readonly log: Log
  /** The consumer group; null: this process has all partitions to itself. */
  readonly group: string | null
  readonly checkpoint: Checkpoint
  readonly topic: TopicTemplate
  readonly publish: (topic: string, payload: Buffer) => Promise<void>
  readonly onProblem: (what: string, cause: unknown) => void
}

export interface RunningPush<Counts> {
  counts(): Counts
  /** Resolves when all that stands in the streams now has been published. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Hands a payload to the broker. @returns false where the broker refuses it, which is reported; rejects where it is to be tried again */
export type Publish = (topic: string, payload: Buffer) => Promise<boolean>

/** A stream, and what is published for its records; where that rejects, they come again. */
export interface Followed {
  readonly stream: string
  readonly take: (records: ReadonlyArray<LogRecord>, publish: Publish) => Promise<void>
}

export interface Following<Counts> {
  /** What is published, in the plural: "receipts". */
  readonly what: string
  /** By the first the processes of the group share the partitions. */
  readonly streams: readonly [Followed, ...ReadonlyArray<Followed>]
  /** Where to begin without a position: with the first record that is kept, or with what comes from now on. */
  readonly begin: "start" | "end"
  readonly counts: () => Counts
}

const READ = 256
const READ_BYTES = 4 << 20
const PAUSES = { firstMs: 200, longestMs: 10_000 }
const REPEAT_MS = 60_000
/** Of MQTT 5: the broker will never take it. */
const REFUSED = 128

const isRefused = (cause: unknown): boolean => {
  const { code } = cause as { readonly code?: unknown }
  return typeof code === "number" && code >= REFUSED
}

class Follower implements Handler {
  next = 0
  readonly #options: PushOptions
  readonly #at: StreamPartition
  readonly #take: (records: ReadonlyArray<LogRecord>) => Promise<void>
  readonly #begin: "start" | "end"
  readonly #confirm: () => Promise<boolean>
  #isLoaded = false
  #isTaken = false

  /** @param confirm whether the partition still is ours, as the group says */
  constructor(
    options: PushOptions,
    at: StreamPartition,
    take: (records: ReadonlyArray<LogRecord>) => Promise<void>,
    begin: "start" | "end",
    confirm: () => Promise<boolean>,
  ) {
    this.#options = options
    this.#at = at
    this.#take = take
    this.#begin = begin
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
      await this.#take(records)
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

  async #load(): Promise<void> {
    const { log, checkpoint } = this.#options
    const kept = await checkpoint.load(this.#at)
    // Not the first record that is kept: a group's position moves only from where it is, and reading passes over what is gone.
    this.next = kept ?? (this.#begin === "start" ? 0 : (await log.bounds(this.#at)).end)
    // A group has no position that differs from none while its stream is empty.
    if (kept === null && this.#begin === "end" && (this.next > 0 || !log.traits.shared))
      await checkpoint.save(this.#at, 0, this.next)
    this.#isLoaded = true
  }
}

/** @throws what the log says at joining */
export const startPush = async <Counts>(
  options: PushOptions,
  { what, streams, begin, counts }: Following<Counts>,
): Promise<RunningPush<Counts>> => {
  const { log, group } = options
  const report = limitRepeats(options.onProblem, REPEAT_MS)
  const publish: Publish = async (topic, payload) => {
    try {
      await options.publish(topic, payload)
      return true
    } catch (cause) {
      if (!isRefused(cause)) throw cause
      report(`the broker refuses ${what} on ${topic}: let this client write there in its ACL`, cause)
      return false
    }
  }
  const { settled, stop } = await joinGroup({
    log: group === null ? alone(log) : log,
    group: group ?? what,
    stream: streams[0].stream,
    sourcesOf: (partition, confirm) =>
      streams.map(({ stream, take }) => {
        const at = { stream, partition }
        return { at, handler: new Follower(options, at, (records) => take(records, publish), begin, confirm) }
      }),
    idleMs: 5_000,
    pauses: PAUSES,
    atStop: "step",
    checkMs: 10_000,
    onProblem: ({ at, cause, halted }) =>
      report(`${what} of partition ${at.partition} of ${at.stream} ${halted ? "have stopped" : "wait"}`, cause),
  })
  return { counts, settled, stop }
}
