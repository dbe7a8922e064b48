/**
 * Pairs the leaves of the log with the stored events. Where both go on in the same order that is trivial; where they do
 * not, it tells what was removed, inserted or moved, by looking ahead for the names that do not fit.
 */
import type { SealedEvent } from "../../leaf.ts"
import { idOf, type StoredLeaf, sameEvent } from "./leaves.ts"

export interface StoredEvent {
  readonly record: Uint8Array
  readonly event: SealedEvent
}

export type Pair =
  /** A leaf and the event that stands at its place; `moved`: it stood at another. */
  | { readonly kind: "pair"; readonly leaf: StoredLeaf; readonly event: StoredEvent; readonly moved: boolean }
  | { readonly kind: "missing"; readonly leaf: StoredLeaf }
  /** An event before leaf `before`, though no leaf names it. */
  | { readonly kind: "inserted"; readonly event: StoredEvent; readonly before: number }
  /** An event after the last leaf. */
  | { readonly kind: "unsealed"; readonly event: StoredEvent }

const LOOKAHEAD = 4096

/** A stream that can be looked into. */
class Ahead<T> {
  readonly #source: AsyncIterator<T>
  #buffer: Array<T> = []
  #done = false
  constructor(source: AsyncIterable<T>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async fill(count: number): Promise<ReadonlyArray<T>> {
    while (!this.#done && this.#buffer.length < count) {
      const { value, done } = await this.#source.next()
      if (done === true) this.#done = true
      else this.#buffer.push(value)
    }
    return this.#buffer
  }

  async first(): Promise<T | undefined> {
    return this.#buffer.length > 0 ? this.#buffer[0] : (await this.fill(1))[0]
  }

  take(at = 0): T {
    return (at === 0 ? this.#buffer.shift() : this.#buffer.splice(at, 1)[0]) as T
  }
}

export async function* align(
  leaves: AsyncIterable<StoredLeaf>,
  events: AsyncIterable<StoredEvent>,
): AsyncGenerator<Pair> {
  const left = new Ahead(leaves)
  const right = new Ahead(events)
  /** Events that stood before their leaf's turn. */
  const early = new Map<string, StoredEvent>()
  for (;;) {
    const leaf = await left.first()
    const event = await right.first()
    if (leaf === undefined) {
      if (event === undefined) return
      yield { kind: "unsealed", event: right.take() }
      continue
    }
    const displaced = early.size === 0 || leaf.leaf === null ? undefined : early.get(idOf(leaf.leaf))
    if (displaced !== undefined) {
      early.delete(idOf(leaf.leaf!))
      yield { kind: "pair", leaf: left.take(), event: displaced, moved: true }
      continue
    }
    if (event === undefined) {
      yield { kind: "missing", leaf: left.take() }
      continue
    }
    if (leaf.leaf === null || sameEvent(leaf.leaf, event.event)) {
      yield { kind: "pair", leaf: left.take(), event: right.take(), moved: false }
      continue
    }
    const name = leaf.leaf
    const eventAt = (await right.fill(LOOKAHEAD)).findIndex((other) => sameEvent(other.event, name))
    const leafAt = (await left.fill(LOOKAHEAD)).findIndex(
      (other) => other.leaf !== null && sameEvent(other.leaf, event.event),
    )
    if (eventAt < 0 && leafAt < 0) yield { kind: "pair", leaf: left.take(), event: right.take(), moved: false }
    else if (eventAt < 0) yield { kind: "missing", leaf: left.take() }
    else if (leafAt < 0) yield { kind: "inserted", event: right.take(), before: leaf.number }
    else if (eventAt >= leafAt) yield { kind: "pair", leaf: left.take(), event: right.take(eventAt), moved: true }
    else early.set(idOf(event.event), right.take())
  }
}
