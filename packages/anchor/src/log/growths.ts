/** When a log grew to which size, for as long as somebody waits for it. */

/** Above so many every second one is forgotten, but never the oldest: an age is right for the oldest, and near enough for the others. */
const MAX = 4_096

export class Growths {
  #all: Array<{ readonly size: number; readonly at: number }> = []

  /** @param size leaves, more than before @param at milliseconds since 1970 */
  add(size: number, at: number): void {
    this.#all.push({ size, at })
    if (this.#all.length > MAX) this.#all = this.#all.filter((_, n) => n % 2 === 0)
  }

  /** When the log came to have more than `size` leaves; null where it has not. */
  firstOver(size: number): number | null {
    return this.#all.find((growth) => growth.size > size)?.at ?? null
  }

  /** Nobody asks for fewer leaves any more. @param size may be infinite: all are forgotten */
  forget(size: number): void {
    this.#all = this.#all.filter((growth) => growth.size > size)
  }
}
