/**
 * Erased devices. That a key is gone proves nothing: whoever can overwrite it could hide a change behind it. So leaves without
 * a key count as erased only where the log itself holds an erasure of their pseudonym, sealed, signed and after them; and of
 * those too the statement must be what the leaf commits to.
 */
import type { AuditEvent } from "@assay/trust"
import type { Findings } from "./findings.ts"

/** Reads the events of a log in their order, and says which of them erase a device. */
export interface ErasureReader {
  /**
   * @returns null where the event erases nobody; else whom, and what is wrong with its signatures (null: nothing)
   */
  read(event: AuditEvent): Promise<{ readonly pseudonym: Uint8Array; readonly problem: string | null } | null>
}

/** Leaves of one pseudonym without a key. */
interface Claimed {
  readonly leaves: Array<number>
  count: number
  last: number
}

/** Leaves named for each pseudonym. */
const MAX_NAMED = 20

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

export class Erasures {
  readonly #reader: ErasureReader | null
  /** By pseudonym: the leaf of the erasure. */
  readonly #erased = new Map<string, number>()
  readonly #claimed = new Map<string, Claimed>()

  constructor(reader: ErasureReader | null) {
    this.#reader = reader
  }

  /** A leaf of a device whose key is gone. */
  claim(pseudonym: Uint8Array, leaf: number): void {
    const name = text(pseudonym)
    const claimed = this.#claimed.get(name) ?? { leaves: [], count: 0, last: leaf }
    if (claimed.leaves.length < MAX_NAMED) claimed.leaves.push(leaf)
    claimed.count += 1
    claimed.last = leaf
    this.#claimed.set(name, claimed)
  }

  /** An event that is the one that was sealed as this leaf. */
  async see(event: AuditEvent, leaf: number, findings: Findings): Promise<void> {
    const found = (await this.#reader?.read(event)) ?? null
    if (found === null) return
    if (found.problem === null) this.#erased.set(text(found.pseudonym), leaf)
    else findings.leaf("erasure-unproven", leaf, event, `an erasure that does not count: ${found.problem}`)
  }

  end(findings: Findings): void {
    for (const [name, { leaves, count, last }] of this.#claimed) {
      const by = this.#erased.get(name)
      if (by !== undefined && last < by) continue
      const why =
        this.#reader === null
          ? "whether it was erased is not known without the pinned roots"
          : by === undefined
            ? "the log holds no signed erasure of it"
            : `it was erased at leaf ${by}, which lies before`
      const more = count > leaves.length ? ` (one of ${count})` : ""
      for (const leaf of leaves)
        findings.leaf("erasure-unproven", leaf, null, `the key of its device ${name} is gone, and ${why}${more}`)
    }
  }
}
