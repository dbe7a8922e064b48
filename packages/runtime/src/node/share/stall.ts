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
  /** How many entries wait at most; may hang as the runner does. */
  readonly lag: () => Promise<number>
}

export interface Standing {
  /** What to tell people where it stalled, else null. */
  readonly stalled: string | null
  /** Whether it is seen to be at work, or to have nothing to do. */
  readonly well: boolean
}

const WELL: Standing = { stalled: null, well: true }
const UNTOLD: Standing = { stalled: null, well: false }

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

/** One for each runner. */
export class StallWatch {
  readonly #limitMs: number
  #next: number | null = null
  #waitingSince: number | null = null
  #asked: number | null = null
  #lag = 0

  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** To be called a few times within the limit. @throws what `lag` rejects with */
  async check(watched: Watched, now: number): Promise<Standing> {
    const { next } = watched
    if (next === null) {
      const silent = now - watched.activeAt
      if (silent < this.#limitMs) return UNTOLD
      return { stalled: `restoring its state, nothing came from the log for ${seconds(silent)}`, well: false }
    }
    if (next !== this.#next) {
      const first = this.#next === null
      this.#next = next
      this.#waitingSince = null
      if (!first) return WELL
    }
    if (this.#asked !== null) {
      const hanging = now - this.#asked
      if (hanging < this.#limitMs) return UNTOLD
      return { stalled: `no batch was committed and the log has not answered for ${seconds(hanging)}`, well: false }
    }
    this.#asked = now
    try {
      this.#lag = await watched.lag()
    } finally {
      this.#asked = null
    }
    if (this.#lag === 0) {
      this.#waitingSince = null
      return WELL
    }
    this.#waitingSince ??= now
    const waiting = now - this.#waitingSince
    if (waiting < this.#limitMs) return UNTOLD
    return { stalled: `${this.#lag} entries wait, and nothing was committed for ${seconds(waiting)}`, well: false }
  }
}
