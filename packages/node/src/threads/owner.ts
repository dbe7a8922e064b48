/** One thread that judges, as the main thread has it: from its start to its `exit`. */
import { getCompileCacheDir } from "node:module"
import { Worker } from "node:worker_threads"
import { Asked, type FromThread, type ToThread, unpacked } from "./messages.ts"
import type { ThreadPlan } from "./plan.ts"

export interface ThreadHooks {
  /** What it says and is not an answer. */
  readonly onMessage: (message: FromThread) => void
  /** The thread is gone. @param cause what it died of; null where it was asked to close */
  readonly onExit: (cause: Error | null) => void
}

/** After it was asked to close: what hangs then keeps nothing that matters. */
const CLOSE_MS = 5_000

export class JudgingThread {
  readonly own: ReadonlySet<number>
  readonly progress: ThreadPlan["progress"]
  readonly asked = new Asked()
  readonly startedAt = performance.now()
  /** Resolves when its log is open. */
  readonly opened: Promise<void>
  /** Resolves when its runners are started. */
  readonly judging: Promise<void>
  /** Resolves when its runners have ended, also where the thread has. */
  readonly stopped: Promise<void>
  /** Resolves with its end, however it came. */
  readonly exited: Promise<void>
  readonly #worker: Worker
  #isClosing = false
  #isOpen = false

  constructor(plan: Omit<ThreadPlan, "compileCache">, hooks: ThreadHooks) {
    this.own = plan.own
    this.progress = plan.progress
    const workerData: ThreadPlan = { ...plan, compileCache: getCompileCacheDir() ?? null }
    const worker = new Worker(new URL("./main.ts", import.meta.url), {
      name: "judge",
      workerData,
      transferList: plan.writes === null ? [] : [plan.writes],
    })
    this.#worker = worker
    const steps = { opened: Promise.withResolvers<void>(), judging: Promise.withResolvers<void>() }
    const stopped = Promise.withResolvers<void>()
    const exited = Promise.withResolvers<void>()
    for (const { promise } of Object.values(steps)) promise.catch(() => undefined) // whoever awaits it hears of it
    let died: Error | null = null
    const fail = (cause: Error): void => {
      for (const step of Object.values(steps)) step.reject(cause)
    }
    worker.on("message", (message: FromThread) => {
      if (message.kind === "answer") return this.asked.answered(message)
      if (message.kind === "opened" || message.kind === "judging") steps[message.kind].resolve()
      if (message.kind === "stopped") stopped.resolve()
      if (message.kind === "failed") {
        const cause = unpacked(message.error)
        if (!this.#isOpen) died = cause // it ends by itself then
        fail(cause)
      }
      if (message.kind === "opened") this.#isOpen = true
      hooks.onMessage(message)
    })
    worker.on("error", (cause) => {
      died = cause instanceof Error ? cause : new Error(String(cause))
    })
    worker.on("exit", (code) => {
      const cause = this.#isClosing ? null : (died ?? new Error(`a thread that judges ended with code ${code}`))
      const gone = cause ?? new Error("the thread has ended")
      fail(gone)
      this.asked.giveUp(gone)
      stopped.resolve()
      hooks.onExit(cause)
      exited.resolve()
    })
    this.opened = steps.opened.promise
    this.judging = steps.judging.promise
    this.stopped = stopped.promise
    this.exited = exited.promise
  }

  /** Whether its log was ever open. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  /** Ends it where it is. What it had in hand is committed or not; its partitions tell. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  /** Closes its log and ends it. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.tell({ kind: "close" })
    const late = setTimeout(() => void this.terminate(), CLOSE_MS)
    await this.exited
    clearTimeout(late)
  }
}
