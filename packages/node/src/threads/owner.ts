/** One thread, as the main thread has it: from its start to its `exit`. */
import { getCompileCacheDir } from "node:module"
import { Worker } from "node:worker_threads"
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
/** Who lived so long ended of something else than the one before. */
const LIVED_MS = 60_000

const WORK = { judge: "judges", seal: "seals" } as const

type WithoutOwn<Plan> = Plan extends ThreadPlan ? Omit<Plan, "progress" | "compileCache"> : never

export class OwnedThread {
  readonly progress: Progress
  readonly asked = new Asked()
  readonly #begunAt = performance.now()
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
  #hasExited = false
  #died: Error | null = null

  constructor(plan: WithoutOwn<ThreadPlan>, progress: Progress, hooks: ThreadHooks) {
    this.progress = progress
    const workerData = { ...plan, progress: progress.counts, compileCache: getCompileCacheDir() ?? null }
    const ports = [plan.writes, plan.kind === "seal" ? plan.libraries : null]
    const worker = new Worker(new URL("./main.ts", import.meta.url), {
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
      if (message.kind === "opened" || message.kind === "started") steps[message.kind].resolve()
      if (message.kind === "stopped") stopped.resolve()
      if (message.kind === "failed") {
        const cause = unpacked(message.error)
        if (!this.#isOpen) this.#died = cause // it ends by itself then
        fail(cause)
      }
      if (message.kind === "opened") this.#isOpen = true
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

  get hasExited(): boolean {
    return this.#hasExited
  }

  /** How many ends in a row that of this thread makes. @param before it */
  endsInARow(before: number): number {
    return performance.now() - this.#begunAt > LIVED_MS ? 1 : before + 1
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  /** Ends it where it is. What it had in hand is committed or not; its partitions tell. @param why what it counts as having died of */
  async terminate(why: Error | null = null): Promise<void> {
    this.#died ??= why
    await this.#worker.terminate()
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
