/**
 * Pairs two streams that should go on in the same order. Where they do, that is trivial; where they do not, it tells what is
 * missing, inserted or moved, by looking ahead for the names that do not fit.
 */

/** How each side is named, and the two compared. */
export interface Naming<Left, Right> {
  /** Null where the left side has no name: it is paired with whatever stands at its place. */
  readonly left: (one: Left) => string | null
  readonly right: (one: Right) => string
  readonly same: (left: Left, right: Right) => boolean
}

export type Aligned<Left, Right> =
  /** `moved`: the right one stood at another place. */
  | { readonly kind: "pair"; readonly left: Left; readonly right: Right; readonly moved: boolean }
  | { readonly kind: "missing"; readonly left: Left }
  /** Stands before `before`, though nothing on the left calls for it. */
  | { readonly kind: "inserted"; readonly right: Right; readonly before: Left }
  /** Stands after the last on the left. */
  | { readonly kind: "after"; readonly right: Right }

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

export async function* align<Left, Right>(
  lefts: AsyncIterable<Left>,
  rights: AsyncIterable<Right>,
  { left: leftName, right: rightName, same }: Naming<Left, Right>,
): AsyncGenerator<Aligned<Left, Right>> {
  const left = new Ahead(lefts)
  const right = new Ahead(rights)
  /** Those on the right that stood before their turn. */
  const early = new Map<string, Right>()
  for (;;) {
    const one = await left.first()
    const other = await right.first()
    if (one === undefined) {
      for (const displaced of early.values()) yield { kind: "after", right: displaced }
      early.clear()
      if (other === undefined) return
      yield { kind: "after", right: right.take() }
      continue
    }
    const name = leftName(one)
    const displaced = early.size === 0 || name === null ? undefined : early.get(name)
    if (displaced !== undefined) {
      early.delete(name!)
      yield { kind: "pair", left: left.take(), right: displaced, moved: true }
      continue
    }
    if (other === undefined) {
      yield { kind: "missing", left: left.take() }
      continue
    }
    if (name === null || same(one, other)) {
      yield { kind: "pair", left: left.take(), right: right.take(), moved: false }
      continue
    }
    const rightAt = (await right.fill(LOOKAHEAD)).findIndex((another) => same(one, another))
    const leftAt = (await left.fill(LOOKAHEAD)).findIndex(
      (another) => leftName(another) !== null && same(another, other),
    )
    if (rightAt < 0 && leftAt < 0) yield { kind: "pair", left: left.take(), right: right.take(), moved: false }
    else if (rightAt < 0) yield { kind: "missing", left: left.take() }
    else if (leftAt < 0) yield { kind: "inserted", right: right.take(), before: one }
    else if (rightAt >= leftAt) yield { kind: "pair", left: left.take(), right: right.take(rightAt), moved: true }
    // Only the first of two copies can stand for its left; the other is one too many.
    else if (early.has(rightName(other))) yield { kind: "inserted", right: right.take(), before: one }
    else early.set(rightName(other), right.take())
  }
}
