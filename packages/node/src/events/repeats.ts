/** The same thing is said once in a while, with how often it was left unsaid. */

const MAX_KEYS = 1_000

export class Repeats {
  readonly #everyMs: number
  readonly #said = new Map<string, { at: number; left: number }>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** @returns how often it was left unsaid since it was last said; null where it is to be left unsaid now */
  admit(key: string, now: number): number | null {
    const last = this.#said.get(key)
    if (last !== undefined && now - last.at < this.#everyMs) {
      last.left++
      return null
    }
    this.#said.delete(key)
    if (this.#said.size >= MAX_KEYS) this.#said.delete(this.#said.keys().next().value!)
    this.#said.set(key, { at: now, left: 0 })
    return last?.left ?? 0
  }
}
