/**
 * The thread that seals, as the main thread keeps it. One that ends by itself, or stands still, is replaced and goes on from what is
 * sealed; meanwhile judging goes on, and the node is not ready.
 */
import { setTimeout as delay } from "node:timers/promises"
import { MessageChannel } from "node:worker_threads"
import { backoffMs } from "@assay/engine"
import { type SharedLog, serveWrites } from "@assay/log/embedded"
import { lendLibraries } from "@assay/signing"
import type { Emit } from "../events/event.ts"
import { isLoss, type Loss } from "../log/guard.ts"
import type { Seal, Sealing } from "../service.ts"
import { type FromThread, heardEvent, unpacked } from "./messages.ts"
import { OwnedThread, STOP_MS } from "./owner.ts"
import type { SealingPlan } from "./plan.ts"
import { LOOKS, Progress } from "./progress.ts"

export interface ThreadSealingOptions {
  readonly plan: Omit<SealingPlan, "kind" | "writes" | "libraries" | "progress" | "compileCache">
  /** Embedded: through whom it writes; null on a shared log. */
  readonly shared: SharedLog | null
  readonly stallMs: number
  readonly emit: Emit
  /** It met that the log is to be given up. */
  readonly onLoss: (cause: Loss) => void
}

/** It tells how far it is once a second; what is older is counted as unsealed for as long. */
const LATE_MS = 5_000

export class ThreadSealing implements Sealing {
  readonly #options: ThreadSealingOptions
  readonly #ending = new AbortController()
  #thread: OwnedThread
  /** The thread once it seals, and anew when that has ended. Rejects where another one could not begin, or none will. */
  #current = awaited<OwnedThread>()
  #seals: ReadonlyArray<Seal> = []
  #alarm: string | null = null
  #heardAt = performance.now()
  /** Why nothing is sealed, while that is so. */
  #problem: string | null = null
  #keeping: Promise<void> = Promise.resolve()
  #looking: NodeJS.Timeout | null = null

  private constructor(options: ThreadSealingOptions) {
    this.#options = options
    this.#thread = this.#spawn()
  }

  /** Resolves when it seals. @throws what opening a log and starting to seal do; no thread is left then */
  static async start(options: ThreadSealingOptions): Promise<Sealing> {
    const sealing = new ThreadSealing(options)
    const first = sealing.#thread
    try {
      await sealing.#begin(first)
    } catch (cause) {
      await first.close()
      throw cause
    }
    sealing.#keeping = sealing.#keep(first)
    sealing.#looking = setInterval(() => sealing.#look(performance.now()), options.stallMs / LOOKS)
    sealing.#looking.unref()
    return sealing
  }

  async settled(): Promise<void> {
    for (;;) {
      const thread = await this.#current.promise
      try {
        return await thread.asked.ask<void>((id) => thread.tell({ kind: "settled", id }))
      } catch (cause) {
        // One that has ended is replaced, and the next one is asked.
        if (!thread.hasExited) throw cause
      }
    }
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    const thread = this.#thread
    // One that seals may have much to seal, and is watched until then. One that replaces it and does not seal yet has nothing in hand.
    await thread.stop(thread.hasStarted ? null : STOP_MS)
    await thread.close()
    if (this.#looking !== null) clearInterval(this.#looking)
    await this.#keeping
    this.#current.reject(new Error("the sealer has stopped"))
  }

  alarm(): string | null {
    return this.#problem ?? this.#alarm
  }

  seals(): ReadonlyArray<Seal> {
    const late = performance.now() - this.#heardAt
    if (late < LATE_MS) return this.#seals
    return this.#seals.map((seal) => ({ ...seal, unsealedAgeMs: seal.unsealedAgeMs + late }))
  }

  #spawn(): OwnedThread {
    const { plan, shared } = this.#options
    const [writes, libraries] = [shared === null ? null : new MessageChannel(), new MessageChannel()]
    if (shared !== null && writes !== null)
      // A seal is two small writes for up to thousands of events: passing them on costs nothing that is seen.
      serveWrites(shared.log, new Set(Array(shared.log.partitions).keys()), writes.port1)
    lendLibraries(libraries.port1)
    const close = (): void => {
      writes?.port1.close()
      libraries.port1.close()
    }
    try {
      return new OwnedThread(
        { ...plan, kind: "seal", writes: writes?.port2 ?? null, libraries: libraries.port2 },
        new Progress(0),
        {
          onMessage: (message) => this.#heard(message),
          onExit: () => {
            close()
            // Else it never sealed, and who waits for one that does goes on waiting.
            if (this.#problem === null) this.#current = awaited()
          },
        },
      )
    } catch (cause) {
      close()
      throw cause
    }
  }

  async #begin(thread: OwnedThread): Promise<void> {
    await thread.opened
    this.#ending.signal.throwIfAborted()
    thread.progress.begin()
    thread.tell({ kind: "start" })
    await thread.started
    this.#problem = null
    this.#current.resolve(thread)
  }

  #heard(message: FromThread): void {
    if (message.kind === "event") this.#options.emit(heardEvent(message))
    else if (message.kind === "seals") {
      this.#seals = message.seals
      this.#alarm = message.alarm
      this.#heardAt = performance.now()
    } else if (message.kind === "lost") {
      const cause = unpacked(message.error)
      if (isLoss(cause)) this.#options.onLoss(cause)
    }
  }

  /** Replaces the thread whenever it has ended by itself. */
  async #keep(first: OwnedThread): Promise<void> {
    const { signal } = this.#ending
    let ends = 0
    // Null: none could be started.
    let thread: OwnedThread | null = first
    let cause = await first.exited
    while (cause !== null) {
      ends = thread?.endsInARow(ends, this.#options.stallMs) ?? ends + 1
      this.#ended(cause)
      await delay(backoffMs(ends), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      try {
        thread = this.#spawn()
      } catch (failed) {
        thread = null
        cause = failed as Error
        this.#notBegun(cause)
        continue
      }
      this.#thread = thread
      cause = await this.#endOf(thread)
    }
  }

  /** Begins it. @returns what it ended of, or could not begin for; null where it was asked to end */
  async #endOf(thread: OwnedThread): Promise<Error | null> {
    try {
      await this.#begin(thread)
    } catch (cause) {
      this.#notBegun(cause)
      await thread.close()
      return this.#ending.signal.aborted ? null : (cause as Error)
    }
    return thread.exited
  }

  /** Whoever waits for a thread that seals hears why there is none, and may ask again. */
  #notBegun(cause: unknown): void {
    this.#current.reject(cause)
    this.#current = awaited()
  }

  #ended(cause: Error): void {
    this.#problem = `nothing is sealed, because the thread that seals has ended and is replaced: ${cause.message}`
    const message = this.#ending.signal.aborted
      ? "the thread that seals has ended before it had sealed all: the next start goes on from what is sealed"
      : "the thread that seals has ended: it is replaced, and goes on from what is sealed"
    this.#options.emit({ code: "seal.thread_ended", message, cause })
  }

  /** A thread whose event loop stands still cannot say so. */
  #look(now: number): void {
    if (!this.#thread.mustMove) return
    const ms = this.#thread.progress.standsStill(now)
    if (ms < this.#options.stallMs) return
    void this.#thread.terminate(new Error(`it stood still for ${Math.round(ms / 1000)} s and was ended`))
  }
}

/** Whoever awaits it hears of a rejection; nobody need. */
const awaited = <Value>(): PromiseWithResolvers<Value> => {
  const one = Promise.withResolvers<Value>()
  one.promise.catch(() => undefined)
  return one
}
