/**
 * Erased devices. That a key is gone proves nothing: whoever can overwrite it could hide a change behind it. So leaves without
 * a key count as erased only where the log itself holds an erasure of their pseudonym, sealed, signed and after them. The event
 * of each is still stored, and has the statement that the leaf commits to; and whom these events name was one device, whose
 * own leaves under another key lie behind the erasure.
 */
import type { AuditEvent } from "@assay/trust"
import type { KeyReader } from "../keys.ts"
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
  readonly first: number
  last: number
  /** Whom their stored events name, and the first leaf where one does; null so far. */
  names: { readonly device: string; readonly leaf: number } | null
}

/** From the first leaf under a key to its erasure; `to` is infinite while the key is there, or where nothing says that it went. */
interface Span {
  readonly from: number
  readonly to: number
  /** The first leaf whose stored event names the device; null where the device has its key. */
  readonly leaf: number | null
}

/** Leaves named for each pseudonym. */
const MAX_NAMED = 20

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
/** The first six bytes: of two million pseudonyms, two share them with odds of one in a hundred. */
const partOf = (pseudonym: Uint8Array): number => Buffer.from(pseudonym).readUIntBE(0, 6)

export class Erasures {
  readonly #reader: ErasureReader | null
  readonly #findings: Findings
  /** By pseudonym: the leaf of the erasure. */
  readonly #erased = new Map<string, number>()
  readonly #claimed = new Map<string, Claimed>()
  /** The first leaf of each device that has its key, by a part of its pseudonym: there may be millions. */
  readonly #opened = new Map<number, number>()
  readonly #keys: KeyReader | null

  constructor(reader: ErasureReader | null, keys: KeyReader | null, findings: Findings) {
    this.#keys = keys
    this.#reader = reader
    this.#findings = findings
  }

  /** A leaf of a device whose key is gone. @param event the one stored in its place; null where there is none */
  claim(pseudonym: Uint8Array, leaf: number, event: AuditEvent | null): void {
    const name = text(pseudonym)
    const claimed: Claimed = this.#claimed.get(name) ?? { leaves: [], count: 0, first: leaf, last: leaf, names: null }
    if (claimed.leaves.length < MAX_NAMED) claimed.leaves.push(leaf)
    claimed.count += 1
    claimed.last = leaf
    this.#claimed.set(name, claimed)
    if (event === null || event.device === null) return
    claimed.names ??= { device: event.device, leaf }
    if (claimed.names.device !== event.device)
      this.#findings.leaf(
        "event-altered",
        leaf,
        event,
        `the stored event names another device than that of leaf ${claimed.names.leaf}, and both leaves are of one device`,
      )
  }

  /** An event that is the one that was sealed as this leaf. @param pseudonym of the leaf */
  async see(event: AuditEvent, leaf: number, pseudonym: Uint8Array): Promise<void> {
    if (pseudonym.length > 0) {
      const part = partOf(pseudonym)
      if (!this.#opened.has(part)) this.#opened.set(part, leaf)
    }
    const found = (await this.#reader?.read(event)) ?? null
    if (found === null) return
    const name = text(found.pseudonym)
    if (found.problem !== null)
      this.#findings.leaf("erasure-unproven", leaf, event, `an erasure that does not count: ${found.problem}`)
    // The first destroys the key; one more of the same pseudonym destroys nothing.
    else if (!this.#erased.has(name)) this.#erased.set(name, leaf)
  }

  /** Call it when all leaves were seen. */
  end(): void {
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
        this.#findings.leaf("erasure-unproven", leaf, null, `the key of its device ${name} is gone, and ${why}${more}`)
    }
    this.#compareNames()
  }

  /** A device has one key at a time: it gets another only after an erasure. */
  #compareNames(): void {
    const named = new Map<string, Array<Span>>()
    for (const [name, { first, names }] of this.#claimed) {
      if (names === null) continue
      const spans = named.get(names.device) ?? []
      spans.push({ from: first, to: this.#erased.get(name) ?? Number.POSITIVE_INFINITY, leaf: names.leaf })
      named.set(names.device, spans)
    }
    for (const [device, spans] of named) {
      const key = this.#keys?.get(device) ?? null
      const opened = key === null ? undefined : this.#opened.get(partOf(key.pseudonym))
      if (opened !== undefined) spans.push({ from: opened, to: Number.POSITIVE_INFINITY, leaf: null })
      spans.sort((a, b) => a.from - b.from)
      for (const [i, span] of spans.entries()) {
        const before = spans[i - 1]
        if (before === undefined || before.to < span.from) continue
        this.#findings.leaf(
          "event-altered",
          span.leaf ?? before.leaf!,
          null,
          `the stored events of an erased device name a device that had another key at the time (leaf ${before.from} and leaf ${span.from})`,
        )
      }
    }
  }
}
