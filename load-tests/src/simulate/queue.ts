/** Messages that wait, as runs of them that came between two moments: a backlog of millions is a few numbers. */
import type { Random } from "@assay/fleet"
import { firstOf } from "./draws.ts"

export interface Run {
  /** When the first and the last of them were submitted, in seconds. */
  readonly from: number
  readonly to: number
  readonly count: number
}

export class Queue {
  #runs: Array<Run> = []
  #head = 0
  waiting = 0
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  add(run: Run): void {
    if (run.count === 0) return
    this.#runs.push(run)
    this.waiting += run.count
  }

  /** When the oldest was submitted; null where none waits. */
  get oldest(): number | null {
    return this.#runs[this.#head]?.from ?? null
  }

  /** The oldest, at most so many, in order. */
  take(most: number): ReadonlyArray<Run> {
    const taken: Array<Run> = []
    for (let left = most; left > 0 && this.#head < this.#runs.length; ) {
      const run = this.#runs[this.#head]!
      if (run.count <= left) {
        // One alone came at a moment, not over a time.
        const at = run.count === 1 && run.from < run.to ? firstOf(this.#random, run.from, run.to, 1) : null
        taken.push(at === null ? run : { from: at, to: at, count: 1 })
        left -= run.count
        this.#head++
        continue
      }
      const [first, rest] = this.#split(run, left)
      taken.push(first)
      this.#runs[this.#head] = rest
      left = 0
    }
    if (this.#head > 1_024) {
      this.#runs = this.#runs.slice(this.#head)
      this.#head = 0
    }
    for (const { count } of taken) this.waiting -= count
    return taken
  }

  /** One alone is drawn as the first of them; more end where their share of the time ends. */
  #split({ from, to, count }: Run, first: number): readonly [Run, Run] {
    const until = first === 1 ? firstOf(this.#random, from, to, count) : from + ((to - from) * first) / count
    return [
      { from: first === 1 ? until : from, to: until, count: first },
      { from: until, to, count: count - first },
    ]
  }
}
