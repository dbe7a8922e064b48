/** How much of a batch each principal handed in that was rejected: so a gateway that mangles is distinguished from devices that err. */

/** Who handed in what was rejected. */
export interface Handed {
  /** The authenticated principal of the transport, or null. */
  readonly principal: string | null
  /** Whether the issuer that it names signed it. */
  readonly signed: boolean
}

/** Principals of one batch that are counted apart. The audit record is no place to be filled: the rest counts as one. */
export const MAX_PRINCIPALS = 16
/** Longer names are cut: they are shown, and compared nowhere. */
const MAX_NAME = 128

export interface Counted {
  readonly principal: string
  readonly rejected: number
  /** Of these, how many their issuers had signed. */
  readonly signed: number
}

/** Stands for all principals beyond the bound. */
export const OTHERS = "(others)"

export class ByPrincipal {
  readonly #counts = new Map<string, { rejected: number; signed: number }>()

  add({ principal, signed }: Handed): void {
    if (principal === null) return
    const name = principal.slice(0, MAX_NAME)
    const key = this.#counts.has(name) || this.#counts.size < MAX_PRINCIPALS ? name : OTHERS
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { rejected: 0, signed: 0 }
      this.#counts.set(key, count)
    }
    count.rejected++
    if (signed) count.signed++
  }

  /** In the order in which they came. */
  counted(): ReadonlyArray<Counted> {
    return [...this.#counts].map(([principal, count]) => ({ principal, ...count }))
  }
}
