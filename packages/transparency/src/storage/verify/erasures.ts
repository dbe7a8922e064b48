/**
 * Erased devices. That a key is gone proves nothing: whoever can overwrite it could hide a change behind it. So leaves without
 * a key count as erased only where the log itself holds an erasure of their pseudonym, sealed, signed and after them; and of
 * those too the statement must be what the leaf commits to.
 */
import type { AuditEvent } from "@assay/trust"
import type { EventId } from "../../leaf.ts"
import type { KeyReader } from "../keys.ts"
import type { Findings } from "./findings.ts"

/** Reads the events of a log in their order, and says which of them erase a device. */
export interface ErasureReader {
  /**
   * @returns null where the event erases nobody; else whom, and what is wrong with its signatures (null: nothing)
   */
  read(event: AuditEvent): Promise<ReadErasure | null>
}

export interface ReadErasure {
  readonly pseudonym: Uint8Array
  /** What is wrong with its signatures; null: nothing. */
  readonly problem: string | null
  /** Whether a threshold of the roots signed it, which a revoked device needs. */
  readonly byRoots: boolean
}

/** A signed erasure, where it is sealed. */
interface Counted {
  readonly leaf: number
  readonly event: EventId
  readonly pseudonym: Uint8Array
  readonly byRoots: boolean
}

/** Leaves of one pseudonym without a key. */
interface Claimed {
  readonly leaves: Array<number>
  count: number
  last: number
  /** The leaf that says that the device was revoked; null where none does. */
  revoked: number | null
}

/** Leaves named for each pseudonym. */
const MAX_NAMED = 20

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

export class Erasures {
  readonly #reader: ErasureReader | null
  /** By pseudonym. */
  readonly #erased = new Map<string, Counted>()
  readonly #claimed = new Map<string, Claimed>()

  constructor(reader: ErasureReader | null) {
    this.#reader = reader
  }

  /**
   * A leaf of a device whose key is gone.
   * @param revokes whether its statement says that the device was revoked
   */
  claim(pseudonym: Uint8Array, leaf: number, revokes: boolean): void {
    const name = text(pseudonym)
    const claimed = this.#claimed.get(name) ?? { leaves: [], count: 0, last: leaf, revoked: null }
    if (revokes) claimed.revoked ??= leaf
    if (claimed.leaves.length < MAX_NAMED) claimed.leaves.push(leaf)
    claimed.count += 1
    claimed.last = leaf
    this.#claimed.set(name, claimed)
  }

  /** An event that is the one that was sealed as this leaf. */
  async see(event: AuditEvent, leaf: number, findings: Findings): Promise<void> {
    const found = (await this.#reader?.read(event)) ?? null
    if (found === null) return
    const { pseudonym, problem, byRoots } = found
    if (problem === null) this.#count({ leaf, event, pseudonym, byRoots })
    else findings.leaf("erasure-unproven", leaf, event, `an erasure that does not count: ${problem}`)
  }

  /** The last one counts, but that of the roots is undone by none of operators. */
  #count(erasure: Counted): void {
    const name = text(erasure.pseudonym)
    if (erasure.byRoots || this.#erased.get(name)?.byRoots !== true) this.#erased.set(name, erasure)
  }

  end(findings: Findings, keys: KeyReader): void {
    this.#undone(findings, keys)
    for (const [name, { leaves, count, last, revoked }] of this.#claimed) {
      const erased = this.#erased.get(name)
      const by = erased?.leaf
      if (erased !== undefined && revoked !== null && !erased.byRoots)
        findings.leaf(
          "erasure-unproven",
          erased.leaf,
          erased.event,
          `leaf ${revoked} says that this device was revoked, and only a threshold of the roots erases such a one`,
        )
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

  /** Signed and accepted, but no key was destroyed: what it was to erase can still be read. */
  #undone(findings: Findings, keys: KeyReader): void {
    for (const { leaf, event, pseudonym } of this.#erased.values())
      if (!keys.isErased(pseudonym))
        findings.leaf("erasure-undone", leaf, event, `the erasure of ${text(pseudonym)} destroyed no key`)
  }
}
