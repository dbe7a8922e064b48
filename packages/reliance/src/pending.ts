/** Numbers that wait to be written. */
export class Pending {
  #numbers: Float64Array
  #length = 0

  constructor(capacity = 1_024) {
    this.#numbers = new Float64Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  push(...numbers: ReadonlyArray<number>): void {
    if (this.#length + numbers.length > this.#numbers.length) {
      const larger = new Float64Array(2 * this.#numbers.length + numbers.length)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    for (const one of numbers) this.#numbers[this.#length++] = one
  }

  /** What was pushed, in a buffer of its own. */
  taken(): Float64Array {
    return this.#numbers.slice(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }
}

/** Whether a number stands among ascending ones. */
export const holds = (ascending: Float64Array, value: number): boolean => {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return ascending[low] === value
}
