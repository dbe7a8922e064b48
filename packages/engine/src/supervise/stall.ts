/**
 * Notices a consumer that silently stopped: there is something to judge, and nothing was committed for too long. An idle
 * runner is none, so the time counts from when work was first seen to wait.
 */

/** What is watched; times by `performance.now()`, in milliseconds. */
export interface Watched {
  /** The next offset to judge, or null while state is restored. */
  readonly next: number | null
  /** When a call to the log last came back. */
  readonly activeAt: number
  /** Whether the runner waits for the log. */
  readonly isAsking: boolean
  /** How many entries wait at most; may hang as the runner does. */
  readonly lag: () => Promise<number>
  /** How many are written and cannot be read yet (`Log.heldBack`). */
  readonly heldBack?: () => Promise<number>
  /** Rejects where nothing waits because the stream ends before `next`; asked only where nothing does. */
  readonly refuseLost?: (next: number) => Promise<void>
}

export interface Standing {
  /** What to tell people where it stalled, else null. */
  readonly stalled: string | null
  /** Whether it stalled because the log does not answer: then the runner is not to blame. */
  readonly unanswered: boolean
  /** Whether it is seen to be at work, or to have nothing to do. */
  readonly well: boolean
  /** What somebody else keeps it from, else null: restarting would not help. */
  readonly hindered: string | null
}

const WELL: Standing = { stalled: null, unanswered: false, well: true, hindered: null }
const UNKNOWN: Standing = { stalled: null, unanswered: false, well: false, hindered: null }
const stalledBy = (stalled: string, unanswered = false): Standing => ({ ...UNKNOWN, stalled, unanswered })

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

/** One for each runner. */
export class StallWatch {
  readonly #limitMs: number
  #next: number | null = null
  #waitingSince: number | null = null
  #asked: number | null = null
  #lag = 0
  #heldSince: number | null = null

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** To be called a few times within the limit. @throws what `lag` and `refuseLost` reject with */
  async check(watched: Watched, now: number): Promise<Standing> {
    const { next } = watched
    if (next === null) {
      const silent = now - watched.activeAt
      if (silent < this.#limitMs) return UNKNOWN
      return stalledBy(`restoring its state, nothing came from the log for ${seconds(silent)}`, watched.isAsking)
    }
    if (next !== this.#next) {
      const first = this.#next === null
      this.#next = next
      this.#waitingSince = null
      this.#heldSince = null
      if (!first) return WELL
    }
    if (this.#asked !== null) {
      const hanging = now - this.#asked
      if (hanging < this.#limitMs) return UNKNOWN
      return stalledBy(`no batch was committed and the log has not answered for ${seconds(hanging)}`, true)
    }
    this.#asked = now
    try {
      this.#lag = await watched.lag()
      if (this.#lag === 0) {
        this.#waitingSince = null
        // First: what is held back is not lost, and asking whether it is would wait for it.
        const heldBack = (await watched.heldBack?.()) ?? 0
        if (heldBack === 0) await watched.refuseLost?.(next)
        return this.#held(heldBack, now)
      }
    } finally {
      this.#asked = null
    }
    this.#waitingSince ??= now
    const waiting = now - this.#waitingSince
    if (waiting < this.#limitMs) return UNKNOWN
    return stalledBy(`${this.#lag} entries wait, and nothing was committed for ${seconds(waiting)}`)
  }

  /** All that can be read is done; what cannot may be held back by a transaction that somebody leaves open. */
  #held(heldBack: number, now: number): Standing {
    if (heldBack === 0) {
      this.#heldSince = null
      return WELL
    }
    this.#heldSince ??= now
    const held = now - this.#heldSince
    if (held < this.#limitMs) return WELL
    const hindered = `up to ${heldBack} entries cannot be read for ${seconds(held)}: a producer keeps a transaction open on the stream (kafka-transactions.sh finds and aborts it)`
    return { ...WELL, hindered }
  }
}
