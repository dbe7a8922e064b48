/**
 * What a partition's leaves say of erased devices. An erasure stands behind all that was decided of the device under the key that it
 * destroyed, so one that does accounts for each message that is left out.
 */

interface LeftOut {
  count: number
  /** The last leaf of the device. */
  last: number
}

export class ErasedDevices {
  /** By pseudonym, hex. */
  readonly #leftOut = new Map<string, LeftOut>()
  /** The leaf of the last erasure of each. */
  readonly #erasedAt = new Map<string, number>()

  leftOut(pseudonym: string, leaf: number): void {
    const known = this.#leftOut.get(pseudonym)
    if (known === undefined) this.#leftOut.set(pseudonym, { count: 1, last: leaf })
    else {
      known.count += 1
      known.last = leaf
    }
  }

  erased(pseudonym: string, leaf: number): void {
    this.#erasedAt.set(pseudonym, leaf)
  }

  get isEmpty(): boolean {
    return this.#erasedAt.size === 0
  }

  /** Whether the device was erased at a later leaf. */
  isErasedAfter(pseudonym: string, leaf: number): boolean {
    return (this.#erasedAt.get(pseudonym) ?? -1) > leaf
  }

  /** How many messages are left out as the log says, and how many for a reason that it does not tell. */
  counts(): { readonly erased: number; readonly withheld: number } {
    let [erased, withheld] = [0, 0]
    for (const [pseudonym, { count, last }] of this.#leftOut) {
      if (this.isErasedAfter(pseudonym, last)) erased += count
      else withheld += count
    }
    return { erased, withheld }
  }
}
