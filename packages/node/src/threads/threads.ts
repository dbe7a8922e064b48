/**
 * The threads that judge, as the main thread keeps them: each owns partitions, and does everything for them. One that ends by
 * itself, or stands still, is replaced: what it had committed stands in the log, and the others go on.
 */
import { hash } from "node:crypto"
import { setTimeout as delay } from "node:timers/promises"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { type BatchDone, backoffMs, restoreTrack } from "@assay/engine"
import type { Log } from "@assay/log"
import type { SharedLog } from "@assay/log/embedded"
import { addDelta, type Metrics } from "@assay/telemetry"
import { type Knowledge, NO_KNOWLEDGE } from "@assay/trust"
import type { EventSink } from "../events/sink.ts"
import { type Allocation, sumOf } from "../judging/allocation.ts"
import type { Judging } from "../judging/judging.ts"
import type { sayBackend } from "../layers/stages.ts"
import { Memberships } from "./memberships.ts"
import { type FromThread, heardEvent, packed, type Reported, type Status, type Times, unpacked } from "./messages.ts"
import { OwnedThread, STOP_MS } from "./owner.ts"
import type { JudgingPlan } from "./plan.ts"
import { LOOKS, Progress } from "./progress.ts"

export interface ThreadsOptions {
  readonly plan: Omit<JudgingPlan, "kind" | "own" | "writes" | "clocks" | "progress" | "compileCache">
  readonly count: number
  /** Asked at each start of a thread: a clock that has jumped by then must be known there. */
  readonly clocks: () => JudgingPlan["clocks"]
  readonly log: Log
  /** Embedded: whom the owners are attached to; null on a shared log. */
  readonly shared: Pick<SharedLog, "attach" | "detach"> | null
  readonly stallMs: number
  readonly metrics: Metrics
  readonly events: Pick<EventSink, "emit" | "committed">
  readonly onBackend: ReturnType<typeof sayBackend>
  readonly onBatch: (done: BatchDone) => void
}

/** What ends so often in a row is not mended by another start soon. */
const MAX_ENDS = 5
/** After that, on a shared log, a thread is started after this to twice as long, as a halted partition is tried again. */
const HALT_MS = 30_000

/** Which of `partitions` the thread at `slot` of `count` owns. */
export const ownedBy = (slot: number, count: number, partitions: number): ReadonlySet<number> =>
  new Set(Array.from({ length: partitions }, (_, partition) => partition).filter((one) => one % count === slot))

/** One place, and whichever thread has it now. */
interface Slot {
  readonly own: ReadonlySet<number>
  thread: OwnedThread
  port: MessagePort | null
  status: Status | null
  knowledge: Map<string, Knowledge>
  /** Why nothing of it is judged, while that is so. */
  problem: string | null
  ends: number
}

const keyOf = (group: string, partition: number): string => `${group}/${partition}`

export class Threads {
  readonly #options: ThreadsOptions
  readonly #slots: Array<Slot> = []
  readonly #memberships: Memberships
  readonly #done = Promise.withResolvers<void>()
  readonly #ending = new AbortController()
  /** By the hash of what a track keeps. */
  readonly #tracks = new Map<string, Knowledge>()
  #isJudging = false
  #isStopping = false
  #looking: NodeJS.Timeout | null = null

  private constructor(options: ThreadsOptions) {
    this.#options = options
    this.#memberships = new Memberships(options.log)
    this.#done.promise.catch(() => undefined) // whoever awaits it hears of it
  }

  /** Starts the threads; resolves when each has its log open. @throws what opening a log does; no thread is left then */
  static async start(options: ThreadsOptions): Promise<Threads> {
    const threads = new Threads(options)
    const { count, log } = options
    try {
      for (let slot = 0; slot < count; slot++) threads.#slots.push(threads.#begin(ownedBy(slot, count, log.partitions)))
      await Promise.all(threads.#slots.map(({ thread }) => thread.opened))
      return threads
    } catch (cause) {
      await threads.close()
      throw cause
    }
  }

  /** Starts the runners; resolves as `startNode` does. @throws what it does */
  async judge(): Promise<Judging> {
    this.#isJudging = true
    for (const { thread } of this.#slots) thread.tell({ kind: "start" })
    await Promise.all(this.#slots.map(({ thread }) => thread.started)).catch(async (cause) => {
      await this.#stop()
      throw cause
    })
    const { stallMs } = this.#options
    for (const { thread } of this.#slots) thread.progress.begin()
    this.#looking = setInterval(() => this.#look(performance.now()), stallMs / LOOKS)
    this.#looking.unref()
    return {
      runners: () => this.#slots.flatMap((slot) => viewsOf(slot)),
      shares: () => joined(this.#slots.flatMap((slot) => this.#sharesOf(slot))),
      ticked: () => this.#slots.flatMap(({ problem, status }) => (problem === null ? (status?.ticked ?? []) : [])),
      notReady: () => this.#notReady(),
      done: this.#done.promise,
      stop: async () => {
        await this.#stop()
        this.#done.resolve()
        await this.#done.promise
      },
      isReported: () => this.#isReported(),
      states: (did, partition) => this.#states(did, partition),
      stageTimes: async () => {
        const times = this.#slots.map(({ thread }) =>
          thread.asked.ask<Times>((id) => thread.tell({ kind: "times", id })),
        )
        return (await Promise.all(times)).flat()
      },
      allocated: async () => {
        const parts = this.#slots.map(({ thread }) =>
          thread.asked.ask<Allocation>((id) => thread.tell({ kind: "allocated", id })),
        )
        return sumOf(await Promise.all(parts))
      },
    }
  }

  /** Closes the logs of the threads and ends them. */
  async close(): Promise<void> {
    this.#isStopping = true
    this.#ending.abort()
    if (this.#looking !== null) clearInterval(this.#looking)
    await Promise.all(this.#slots.map(({ thread }) => thread.close()))
    await this.#memberships.close()
  }

  #begin(own: ReadonlySet<number>): Slot {
    const slot: Omit<Slot, "thread"> & { thread: OwnedThread | null } = {
      own,
      thread: null,
      port: null,
      status: null,
      knowledge: new Map(),
      problem: null,
      ends: 0,
    }
    const begun = slot as Slot
    this.#spawn(begun)
    return begun
  }

  /** @throws Error where no thread could be started; the slot is as it was */
  #spawn(slot: Slot): void {
    const { plan, clocks, log, shared } = this.#options
    const channel = shared === null ? null : new MessageChannel()
    try {
      slot.thread = new OwnedThread(
        { ...plan, kind: "judge", own: slot.own, writes: channel?.port2 ?? null, clocks: clocks() },
        new Progress(log.partitions),
        { onMessage: (message) => this.#heard(slot, message), onExit: (cause) => this.#exited(slot, cause) },
      )
    } catch (cause) {
      channel?.port1.close()
      throw cause
    }
    slot.port = channel?.port1 ?? null
    if (slot.port !== null) shared?.attach(slot.own, slot.port)
  }

  #heard(slot: Slot, message: FromThread): void {
    const { metrics, events, onBackend, onBatch } = this.#options
    if (message.kind === "status") {
      slot.status = message.status
    } else if (message.kind === "knowledge")
      slot.knowledge.set(keyOf(message.group, message.partition), this.#opened(message.partition, message.kept))
    else if (message.kind === "event") events.emit(heardEvent(message))
    else if (message.kind === "backend") onBackend(message.chosen)
    else if (message.kind === "metrics") {
      addDelta(metrics.registry, message.delta)
      if (message.committed) events.committed()
    } else if (message.kind === "batch") onBatch(message.done)
    else if (message.kind === "failed") {
      // One that could not open its log ends, and is tried again.
      if (this.#isJudging && slot.thread.isOpen) this.#done.reject(unpacked(message.error))
    } else if (message.kind === "join" || message.kind === "confirm" || message.kind === "leave")
      void this.#asked(slot, message)
  }

  async #asked(slot: Slot, message: Extract<FromThread, { kind: "join" | "confirm" | "leave" }>): Promise<void> {
    const { thread } = slot
    const { group } = message
    if (message.kind === "leave") {
      await this.#memberships
        .leave(thread, group)
        .catch((cause) =>
          this.#options.events.emit({ code: "group.not_joined", message: `${group} could not be left`, group, cause }),
        )
      return
    }
    const { id } = message
    const assign = (share: ReadonlySet<number>): void => {
      const partitions = [...share].filter((partition) => slot.own.has(partition))
      thread.tell({ kind: "assigned", group, partitions })
    }
    try {
      const result =
        message.kind === "join"
          ? await this.#memberships.join(thread, group, message.stream, assign)
          : await this.#memberships.confirm(group, message.partition)
      thread.tell({ kind: "answer", id, result })
    } catch (cause) {
      thread.tell({ kind: "answer", id, error: packed(cause) })
    }
  }

  /** Opened as the thread opened it; the same for all partitions that have the same. */
  #opened(partition: number, kept: Uint8Array): Knowledge {
    const { log, plan } = this.#options
    const name = hash("sha256", kept)
    const known = this.#tracks.get(name)
    if (known !== undefined) return known
    const { knowledge } = restoreTrack(log, partition, kept, plan.roots)
    // As many as there may be different ones at a time.
    if (this.#tracks.size >= log.partitions) this.#tracks.clear()
    this.#tracks.set(name, knowledge)
    return knowledge
  }

  /** By group. */
  #sharesOf({ own, status, problem }: Slot): Status["shares"] {
    return this.#memberships.sharesOf(own, status?.shares ?? [], problem !== null && this.#options.log.traits.shared)
  }

  #exited(slot: Slot, cause: Error | null): void {
    if (slot.port !== null) this.#options.shared?.detach(slot.port)
    this.#memberships.forget(slot.thread)
    if (this.#isStopping || !this.#isJudging) return
    this.#ended(slot, slot.thread.endsInARow(slot.ends, this.#options.stallMs), cause)
  }

  /** @param ends in a row, this one among them: a thread has ended, or none could be started in its place */
  #ended(slot: Slot, ends: number, cause: Error | null): void {
    const { metrics, events } = this.#options
    const partitions = [...slot.own]
    slot.problem = `partitions ${partitions.join(", ")}: their thread has ended and is replaced: ${cause?.message ?? "without a cause"}`
    for (const share of this.#sharesOf(slot)) if (share.partitions.length > 0) metrics.restored(share.group, -1, cause)
    const message = `a thread that judges has ended: it is replaced, and its partitions (${partitions.join(", ")}) are restored from the log`
    events.emit({ code: "thread.ended", message, ...(cause === null ? {} : { cause }), details: { partitions } })
    slot.ends = ends
    if (ends <= MAX_ENDS) void this.#replace(slot, backoffMs(ends))
    else if (this.#options.log.traits.shared) this.#halt(slot, cause)
    else this.#done.reject(cause ?? new Error(slot.problem))
  }

  /** The partitions stand still, but not for good. A process that ended would hand them to the next one, which would end of them too. */
  #halt(slot: Slot, cause: Error | null): void {
    const { metrics, events } = this.#options
    for (const { group, partitions } of this.#sharesOf(slot))
      for (const partition of partitions) {
        metrics.halt(group, partition)
        const message = `ALARM: ${group} of partition ${partition} stands still: its thread ends again and again`
        events.emit({ code: "partition.halted", message, group, partition, ...(cause === null ? {} : { cause }) })
      }
    void this.#replace(slot, HALT_MS * (1 + Math.random()))
  }

  async #replace(slot: Slot, afterMs: number): Promise<void> {
    await delay(afterMs, undefined, { signal: this.#ending.signal }).catch(() => undefined)
    if (this.#isStopping) return
    try {
      this.#spawn(slot)
    } catch (cause) {
      this.#ended(slot, slot.ends + 1, cause as Error)
      return
    }
    const { thread } = slot
    try {
      await thread.opened
      if (this.#isStopping) return
      thread.progress.begin()
      thread.tell({ kind: "start" })
      await thread.started
      slot.problem = null
    } catch {
      // Its end or what it failed with is said where it is heard, and it is replaced again or the node ends.
    }
  }

  /** A thread whose event loop stands still cannot say so, and its own watch over its runners stands still with it. */
  #look(now: number): void {
    for (const slot of this.#slots) {
      if (!slot.thread.mustMove) continue
      const ms = slot.thread.progress.standsStill(now)
      if (ms >= this.#options.stallMs) this.#stalled(slot, ms)
    }
  }

  #stalled(slot: Slot, ms: number): void {
    const { metrics, events } = this.#options
    // One that was still to be started has no runners: the last status is that of the thread before it.
    const runners = slot.problem === null ? (slot.status?.runners ?? []) : []
    const why = `their thread stands still for ${Math.round(ms / 1000)} s and is ended`
    slot.problem = `partitions ${[...slot.own].join(", ")}: ${why}`
    for (const { group, partition } of runners) {
      metrics.stall(group, partition)
      const message = `${group} of partition ${partition} makes no progress and is restarted`
      events.emit({ code: "runner.stalled", message, group, partition, cause: new Error(slot.problem) })
    }
    void slot.thread.terminate()
  }

  /** A commit is on the log before its thread says so. */
  async #isReported(): Promise<boolean> {
    if (this.#slots.some(({ problem }) => problem !== null)) return false
    const asked = this.#slots.map(({ thread }) =>
      thread.asked.ask<Reported>((id) => thread.tell({ kind: "reported", id })),
    )
    const answers = await Promise.all(asked).catch(() => null) // one has ended: what it had committed is not known here
    if (answers === null) return false
    for (const { group, stream, partition, next } of answers.flat())
      if ((await this.#options.log.position(group, { stream, partition })) > next) return false
    return true
  }

  #notReady(): string | null {
    const problems = this.#slots.flatMap(
      ({ problem, status }) => problem ?? (status === null ? "starting" : (status.notReady ?? [])),
    )
    return problems.length === 0 ? null : problems.join("; ")
  }

  async #states(did: string, partition: number): Promise<Readonly<Record<string, unknown>>> {
    const slot = this.#slots.find(({ own, problem }) => own.has(partition) && problem === null)
    if (slot === undefined) return {}
    const { thread } = slot
    return thread.asked.ask((id) => thread.tell({ kind: "states", id, did, partition }))
  }

  async #stop(): Promise<void> {
    this.#isStopping = true
    this.#ending.abort()
    if (this.#looking !== null) clearInterval(this.#looking)
    await Promise.all(this.#slots.map((slot) => this.#stopOne(slot)))
  }

  async #stopOne({ thread, own }: Slot): Promise<void> {
    if (await thread.stop(STOP_MS)) return
    const message = `a thread did not finish the batches in hand within ${STOP_MS / 1000} s and is ended: they are judged again after the next start`
    this.#options.events.emit({ code: "thread.ended", message, details: { partitions: [...own] } })
    await thread.exited
  }
}

const viewsOf = ({ status, knowledge, problem }: Slot) =>
  problem !== null || status === null
    ? []
    : status.runners.map((runner) => ({
        ...runner,
        knowledge: knowledge.get(keyOf(runner.group, runner.partition)) ?? NO_KNOWLEDGE,
      }))

/** By group, the shares of all threads together. */
const joined = (all: Status["shares"]): Status["shares"] => {
  const byGroup = new Map<string, Array<number>>()
  for (const { group, partitions } of all) byGroup.set(group, [...(byGroup.get(group) ?? []), ...partitions])
  return [...byGroup].map(([group, partitions]) => ({ group, partitions: partitions.toSorted((a, b) => a - b) }))
}
