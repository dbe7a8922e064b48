/** What happens next: a heap by time, and by order of entry where times are equal, so that a run can be repeated. */
export interface SimulationEvent {
  readonly at: number
  readonly partition: number
  readonly stage: number
  readonly kind: "arrival" | "begin" | "judged" | "committed" | "seen"
  /** An arrival counts only while nothing has changed since it was planned. */
  readonly version: number
}

export class Agenda {
  readonly #heap: Array<SimulationEvent & { readonly nth: number }> = []
  #nth = 0

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!]
    return one.at < other.at || (one.at === other.at && one.nth < other.nth)
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = kept
  }

  add(event: SimulationEvent): void {
    this.#heap.push({ ...event, nth: this.#nth++ })
    for (let at = this.#heap.length - 1; at > 0; ) {
      const above = (at - 1) >> 1
      if (!this.#before(at, above)) return
      this.#swap(at, above)
      at = above
    }
  }

  /** @returns the next one up to this time, which is taken out; null where there is none */
  next(until: number): SimulationEvent | null {
    const first = this.#heap[0]
    if (first === undefined || first.at > until) return null
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        let least = at
        if (left < this.#heap.length && this.#before(left, least)) least = left
        if (right < this.#heap.length && this.#before(right, least)) least = right
        if (least === at) break
        this.#swap(at, least)
        at = least
      }
    }
    return first
  }
}
