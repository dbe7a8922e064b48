/** The same thing is said once in a while, with how often it was left unsaid, and for how long it has gone on. */

const MAX_KEYS = 1_000
/** After so many times without it, it has ended, and begins anew. */
const ENDED_AFTER = 3

export interface Repeated {
  /** How often it was left unsaid since it was last said. */
  readonly left: number
  /** For how long it has been so. */
  readonly forMs: number
}

export class Repeats {
  readonly #everyMs: number
  readonly #said = new Map<string, { since: number; at: number; seen: number; left: number }>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** @returns null where it is to be left unsaid now */
  admit(key: string, now: number): Repeated | null {
    const last = this.#said.get(key)
    if (last !== undefined && now - last.at < this.#everyMs) {
      last.left++
      last.seen = now
      return null
    }
    this.#said.delete(key)
    if (this.#said.size >= MAX_KEYS) this.#said.delete(this.#said.keys().next().value!)
    const goesOn = last !== undefined && now - last.seen < ENDED_AFTER * this.#everyMs
    const since = goesOn ? last.since : now
    this.#said.set(key, { since, at: now, seen: now, left: 0 })
    return { left: last?.left ?? 0, forMs: now - since }
  }
}
