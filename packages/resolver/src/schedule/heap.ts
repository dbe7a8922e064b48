/** What is due when: a binary heap by time. */

export interface Due {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly did: string
}

export class DueHeap {
  readonly #items: Array<Due> = []

  get size(): number {
    return this.#items.length
  }

  /** The earliest; undefined where there is none. */
  get first(): Due | undefined {
    return this.#items[0]
  }

  push(item: Due): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (items[parent]!.at <= item.at) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): Due | undefined {
    const items = this.#items
    const [first] = items
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= items.length) break
      const child = left + 1 < items.length && items[left + 1]!.at < items[left]!.at ? left + 1 : left
      if (items[child]!.at >= last.at) break
      items[at] = items[child]!
      at = child
    }
    items[at] = last
    return first
  }
}
