/** One thread, as the main thread has it: from its start to its `exit`. */
import { getCompileCacheDir } from "node:module"
import { setTimeout as delay } from "node:timers/promises"
import { Worker, type WorkerOptions } from "node:worker_threads"
import { Asked, type FromThread, type ToThread, unpacked } from "./messages.ts"
import type { ThreadPlan } from "./plan.ts"
import type { Progress } from "./progress.ts"

export interface ThreadHooks {
  /** What it says and is not an answer. */
  readonly onMessage: (message: FromThread) => void
  /** The thread is gone. @param cause what it died of; null where it was asked to close */
  readonly onExit: (cause: Error | null) => void
}

/** After it was asked to close: what hangs then keeps nothing that matters. */
const CLOSE_MS = 5_000
/** For batches in hand, or a start under way, after they were asked to stop. What is not done then is done after the next start. */
export const STOP_MS = 15_000
/** Who was at work for so long ended of something else than the one before. */
const LIVED_MS = 60_000

const WORK = { judge: "judges", seal: "seals" } as const

type WithoutOwn<Plan> = Plan extends ThreadPlan ? Omit<Plan, "progress" | "compileCache"> : never

export class OwnedThread {
  readonly progress: Progress
  readonly asked = new Asked()
  /** Resolves when its log is open. */
  readonly opened: Promise<void>
  /** Resolves when its runners are started, or it seals. */
  readonly started: Promise<void>
  /** Resolves when its runners or sealers have ended, also where the thread has. */
  readonly stopped: Promise<void>
  /** Resolves with its end, however it came: with what it died of, or null where it was asked to close. */
  readonly exited: Promise<Error | null>
  readonly #worker: Worker
  #closing: Promise<void> | null = null
  #isOpen = false
  #startedAt: number | null = null
  #isEnded = false
  #hasExited = false
  #died: Error | null = null

  /** @throws Error where no thread could be started: whoever has the other ends of its ports closes them */
  constructor(plan: WithoutOwn<ThreadPlan>, progress: Progress, hooks: ThreadHooks) {
    this.progress = progress
    const workerData = { ...plan, progress: progress.counts, compileCache: getCompileCacheDir() ?? null }
    const ports = [plan.writes, plan.kind === "seal" ? plan.libraries : null]
    const worker = startWorker({
      // The kernel shows it, and the bench goes by it.
      name: plan.kind,
      workerData: workerData satisfies ThreadPlan,
      transferList: ports.filter((port) => port !== null),
    })
    this.#worker = worker
    const steps = { opened: Promise.withResolvers<void>(), started: Promise.withResolvers<void>() }
    const stopped = Promise.withResolvers<void>()
    const exited = Promise.withResolvers<Error | null>()
    for (const { promise } of Object.values(steps)) promise.catch(() => undefined) // whoever awaits it hears of it
    const fail = (cause: Error): void => {
      for (const step of Object.values(steps)) step.reject(cause)
    }
    worker.on("message", (message: FromThread) => {
      if (message.kind === "answer") return this.asked.answered(message)
      if (message.kind === "opened") this.#isOpen = true
      if (message.kind === "started") this.#startedAt = performance.now()
      if (message.kind === "opened" || message.kind === "started") steps[message.kind].resolve()
      if (message.kind === "stopped") stopped.resolve()
      if (message.kind === "failed") {
        const cause = unpacked(message.error)
        if (!this.#isOpen) this.#died = cause // it ends by itself then
        fail(cause)
      }
      hooks.onMessage(message)
    })
    worker.on("error", (cause) => {
      this.#died = cause instanceof Error ? cause : new Error(String(cause))
    })
    worker.on("exit", (code) => {
      this.#hasExited = true
      const cause =
        this.#closing !== null
          ? null
          : (this.#died ?? new Error(`a thread that ${WORK[plan.kind]} ended with code ${code}`))
      const gone = cause ?? new Error("the thread has ended")
      fail(gone)
      this.asked.giveUp(gone)
      stopped.resolve()
      hooks.onExit(cause)
      exited.resolve(cause)
    })
    this.opened = steps.opened.promise
    this.started = steps.started.promise
    this.stopped = stopped.promise
    this.exited = exited.promise
  }

  /** Whether its log was ever open. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether its runners were ever started, or it ever sealed. */
  get hasStarted(): boolean {
    return this.#startedAt !== null
  }

  get hasExited(): boolean {
    return this.#hasExited
  }

  /** Whether it is at work, or begins it, and so must move: its log is open, and it was not asked to end. */
  get mustMove(): boolean {
    return this.#isOpen && !this.#isEnded && !this.#hasExited && this.#closing === null
  }

  /**
   * How many ends in a row that of this thread makes. One that stands still is not noticed at once: that long alone is no work.
   * @param before it
   * @param stallMs after which one that stands still is ended
   */
  endsInARow(before: number, stallMs: number): number {
    const lived = this.#startedAt === null ? 0 : performance.now() - this.#startedAt
    return lived > Math.max(LIVED_MS, 2 * stallMs) ? 1 : before + 1
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  /** Ends it where it is. What it had in hand is committed or not; its partitions tell. @param why what it counts as having died of */
  async terminate(why: Error | null = null): Promise<void> {
    this.#isEnded = true
    this.#died ??= why
    await this.#worker.terminate()
  }

  /**
   * Asks its runners, or sealers, to end. One whose log is not open yet has nothing in hand, and is ended at once.
   * @param limitMs how long they may take; null: as long as they need
   * @returns whether they have; false where they had not within the limit, and it is being ended where it is
   */
  async stop(limitMs: number | null): Promise<boolean> {
    if (!this.#isOpen) {
      await this.terminate()
      return true
    }
    this.tell({ kind: "stop" })
    const isStopped = this.stopped.then(() => true)
    if (limitMs === null) return isStopped
    const timer = new AbortController()
    const late = delay(limitMs, false, { signal: timer.signal, ref: false }).catch(() => true)
    const isInTime = await Promise.race([isStopped, late])
    timer.abort()
    if (!isInTime) void this.terminate(new Error(`it did not finish within ${limitMs / 1000} s and was ended`))
    return isInTime
  }

  /** Closes its log and ends it. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.tell({ kind: "close" })
    const late = setTimeout(() => void this.terminate(), CLOSE_MS)
    await this.exited
    clearTimeout(late)
  }
}

/** @throws Error where the machine, or a limit of the process, has no room for another thread */
const startWorker = (options: WorkerOptions): Worker => {
  try {
    return new Worker(new URL("./main.ts", import.meta.url), options)
  } catch (cause) {
    throw new Error(`no thread could be started: ${(cause as Error).message}`, { cause })
  }
}
