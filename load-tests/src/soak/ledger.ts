/** What became of each place on `submitted`, as two bits: a run of hours is a few megabytes. */
import type { Attempt } from "../faults/attempts.ts"

const ACKNOWLEDGED = 1
const DECIDED = 2
const FIRST_BYTES = 1 << 16
const KEPT_FINDINGS = 20
const NOTHING = { nth: 0, key: "", hash: "", planted: false } as const

export class Ledger {
  unanswered = 0
  acknowledged = 0
  decided = 0
  readonly findings: Array<string> = []
  found = 0
  readonly #places: Array<Uint8Array>

  constructor(partitions: number) {
    this.#places = Array.from({ length: partitions }, () => new Uint8Array(FIRST_BYTES))
  }

  attempt(partition: number): Attempt {
    return { ...NOTHING, partition, offset: null }
  }

  acknowledge(attempt: Attempt, offset: number): void {
    attempt.offset = offset
    this.acknowledged++
    if (this.#mark(attempt.partition, offset, ACKNOWLEDGED))
      this.#find(`submitted ${attempt.partition}/${offset} was acknowledged to two submissions`)
  }

  /** An original decision. */
  decide(partition: number, offset: number): void {
    this.decided++
    if (this.#mark(partition, offset, DECIDED))
      this.#find(`submitted ${partition}/${offset} has two original decisions`)
  }

  /** When all is decided. @returns how many were decided that nobody had acknowledged */
  close(): number {
    let unknown = 0
    for (const [partition, places] of this.#places.entries())
      for (const [offset, bits] of places.entries()) {
        if (bits === ACKNOWLEDGED) this.#find(`submitted ${partition}/${offset} was acknowledged and has no decision`)
        if (bits === DECIDED) unknown++
      }
    return unknown
  }

  #find(what: string): void {
    this.found++
    if (this.findings.length < KEPT_FINDINGS) this.findings.push(what)
  }

  /** @returns whether it was marked so before */
  #mark(partition: number, offset: number, bit: number): boolean {
    let places = this.#places[partition]!
    if (offset >= places.length) {
      const larger = new Uint8Array(Math.max(2 * places.length, offset + 1))
      larger.set(places)
      places = larger
      this.#places[partition] = larger
    }
    const before = places[offset]!
    places[offset] = before | bit
    return (before & bit) !== 0
  }
}
