/**
 * A map bounded by count that forgets what was used longest ago. Not shared between threads.
 *
 * Entries are linked in the order of their use by number, beside the map: putting an entry back into the map at each use would let
 * it fill up with removed ones, past which whoever looks for the oldest has to walk.
 */
const NONE = -1

export class Lru<Value> {
  readonly #capacity: number
  readonly #numbers = new Map<string, number>()
  /** By number. */
  readonly #keys: Array<string> = []
  readonly #values: Array<Value> = []
  /** By number: who was used next after it, and next before it. */
  readonly #newer: Array<number> = []
  readonly #older: Array<number> = []
  #newest = NONE
  #oldest = NONE

  /** @param capacity entries kept at most, 1 or more */
  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity)
  }

  get size(): number {
    return this.#numbers.size
  }

  get(key: string): Value | undefined {
    const number = this.#numbers.get(key)
    if (number === undefined) return undefined
    this.#use(number)
    return this.#values[number]
  }

  set(key: string, value: Value): void {
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#numbers.size < this.#capacity ? this.#add() : this.#takeOldest()
      this.#numbers.set(key, number)
      this.#keys[number] = key
    }
    this.#values[number] = value
    this.#use(number)
  }

  /** @returns the number of a new entry, which is the newest */
  #add(): number {
    const number = this.#keys.length
    this.#newer.push(NONE)
    this.#older.push(this.#newest)
    if (this.#newest === NONE) this.#oldest = number
    else this.#newer[this.#newest] = number
    this.#newest = number
    return number
  }

  /** Forgets the oldest entry. @returns its number */
  #takeOldest(): number {
    this.#numbers.delete(this.#keys[this.#oldest]!)
    return this.#oldest
  }

  /** Makes the entry the newest. */
  #use(number: number): void {
    if (number === this.#newest) return
    const [newer, older] = [this.#newer[number]!, this.#older[number]!]
    this.#older[newer] = older
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    this.#newer[this.#newest] = number
    this.#older[number] = this.#newest
    this.#newer[number] = NONE
    this.#newest = number
  }
}
