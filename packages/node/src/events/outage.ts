/** An outage makes every partition fail many times a minute: it begins, lasts and ends in a handful of lines. */
import type { NodeEvent } from "./event.ts"

const EVERY_MS = 30_000
/** Commits while other partitions still fail are no end: so long nothing may have failed. */
const QUIET_MS = 5_000
const MAX_DEPTH = 5

/** Whether the servers behind the log did not answer. */
export const isOutage = (cause: unknown): boolean => {
  let error = cause
  for (let depth = 0; depth < MAX_DEPTH && error instanceof Error; depth++, error = error.cause)
    if ("_tag" in error && error._tag === "UnavailableError") return true
  return false
}

export class Outage {
  #since: number | null = null
  #failures = 0
  #saidAt = Number.NEGATIVE_INFINITY
  #failedAt = 0

  /** A failure of an outage. @returns what to say now, or null */
  failed(event: NodeEvent, now: number): NodeEvent | null {
    const begins = this.#since === null
    this.#since ??= now
    this.#failures++
    this.#failedAt = now
    if (now - this.#saidAt < EVERY_MS) return null
    this.#saidAt = now
    const { cause } = event
    if (begins) return { code: "outage.begun", message: "the servers behind the log do not answer in time", cause }
    const seconds = Math.round((now - this.#since) / 1000)
    const message = `the servers behind the log have not answered in time for ${seconds} s`
    return { code: "outage.lasts", message, cause, details: { failures: this.#failures, seconds } }
  }

  /** Something was committed. @returns the end of the outage, or null where there is none */
  committed(now: number): NodeEvent | null {
    if (this.#since === null || now - this.#failedAt < QUIET_MS) return null
    const details = { failures: this.#failures, seconds: Math.round((this.#failedAt - this.#since) / 1000) }
    this.#since = null
    this.#failures = 0
    return { code: "outage.ended", message: "the log answers again, and batches are committed", details }
  }
}
