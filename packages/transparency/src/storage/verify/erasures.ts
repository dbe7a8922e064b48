/**
 * Erased devices. That a key is gone proves nothing: whoever can overwrite it could hide a change behind it. So leaves without
 * a key count as erased only where the log itself holds an erasure of their pseudonym, sealed, signed and after them. The event
 * of each is still stored, and has the statement that the leaf commits to; and whom these events name was one device, whose
 * own leaves under another key lie behind the erasure.
 */
import type { AuditEvent } from "@assay/trust"
import type { EventId } from "../../leaf.ts"
import type { KeyReader } from "../keys.ts"
import type { Findings } from "./findings.ts"
import type { FindingKind } from "./report.ts"

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
  readonly first: number
  last: number
  /** The first leaf that says that the device was revoked; null where none does. */
  revoked: number | null
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
  #findings: Findings
  /** What is added to a leaf's number: a device's leaves and its erasure may lie in logs that go on after each other. */
  #base = 0
  /** Those that count, by pseudonym, in their order. Whoever signs may sign again: only one of them destroyed the key. */
  readonly #erased = new Map<string, Array<Counted>>()
  readonly #claimed = new Map<string, Claimed>()
  /** The first leaf of each device that has its key, by a part of its pseudonym: there may be millions. */
  readonly #opened = new Map<number, number>()
  readonly #keys: KeyReader | null

  constructor(reader: ErasureReader | null, keys: KeyReader | null, findings: Findings) {
    this.#keys = keys
    this.#reader = reader
    this.#findings = findings
  }

  /** From here on leaves are those of another log, which goes on after the one before. @param base what its first leaf is counted as */
  enter(findings: Findings, base: number): void {
    this.#findings = findings
    this.#base = base
  }

  #find(kind: FindingKind, leaf: number, event: EventId | null, what: string): void {
    if (leaf >= this.#base) this.#findings.leaf(kind, leaf - this.#base, event, what)
    else this.#findings.whole(kind, `leaf ${leaf} of a log before this one: ${what}`)
  }

  /** A leaf of a device whose key is gone. @param event the one stored in its place; null where there is none */
  claim(pseudonym: Uint8Array, number: number, event: AuditEvent | null): void {
    const leaf = number + this.#base
    const name = text(pseudonym)
    const claimed: Claimed = this.#claimed.get(name) ?? {
      leaves: [],
      count: 0,
      first: leaf,
      last: leaf,
      revoked: null,
      names: null,
    }
    if (event?.to === "revoked") claimed.revoked ??= leaf
    if (claimed.leaves.length < MAX_NAMED) claimed.leaves.push(leaf)
    claimed.count += 1
    claimed.last = leaf
    this.#claimed.set(name, claimed)
    if (event === null || event.device === null) return
    claimed.names ??= { device: event.device, leaf }
    if (claimed.names.device !== event.device)
      this.#find(
        "event-altered",
        leaf,
        event,
        `the stored event names another device than that of leaf ${claimed.names.leaf}, and both leaves are of one device`,
      )
  }

  /** An event that is the one that was sealed as this leaf. @param pseudonym of the leaf */
  async see(event: AuditEvent, number: number, pseudonym: Uint8Array): Promise<void> {
    const leaf = number + this.#base
    if (pseudonym.length > 0) {
      const part = partOf(pseudonym)
      if (!this.#opened.has(part)) this.#opened.set(part, leaf)
    }
    const found = (await this.#reader?.read(event)) ?? null
    if (found === null) return
    const { pseudonym: erased, problem, byRoots } = found
    if (problem !== null) {
      this.#find("erasure-unproven", leaf, event, `an erasure that does not count: ${problem}`)
      return
    }
    const name = text(erased)
    this.#erased.set(name, [...(this.#erased.get(name) ?? []), { leaf, event, pseudonym: erased, byRoots }])
  }

  /** The erasure after which no leaf of this pseudonym came: that which destroyed the key. */
  #destroying(name: string, last: number): Counted | undefined {
    return this.#erased.get(name)?.find(({ leaf }) => leaf > last)
  }

  /** Call it when all leaves were seen. */
  end(): void {
    this.#undone()
    for (const [name, { leaves, count, last, revoked }] of this.#claimed) {
      const all = this.#erased.get(name) ?? []
      const by = all.at(-1)?.leaf
      if (all.length > 0 && revoked !== null && !all.some(({ byRoots }) => byRoots))
        this.#find(
          "erasure-unproven",
          all[0]!.leaf,
          all[0]!.event,
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
        this.#find("erasure-unproven", leaf, null, `the key of its device ${name} is gone, and ${why}${more}`)
    }
    this.#compareNames()
  }

  /** A device has one key at a time: it gets another only after an erasure. */
  #compareNames(): void {
    const named = new Map<string, Array<Span>>()
    for (const [name, { first, last, names }] of this.#claimed) {
      if (names === null) continue
      const spans = named.get(names.device) ?? []
      spans.push({ from: first, to: this.#destroying(name, last)?.leaf ?? Number.POSITIVE_INFINITY, leaf: names.leaf })
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
        this.#find(
          "event-altered",
          span.leaf ?? before.leaf!,
          null,
          `the stored events of an erased device name a device that had another key at the time (leaf ${before.from} and leaf ${span.from})`,
        )
      }
    }
  }

  /** Signed and accepted, but no key was destroyed: what it was to erase can still be read. */
  #undone(): void {
    for (const all of this.#erased.values()) {
      const { leaf, event, pseudonym } = all.at(-1)!
      if (this.#keys?.isErased(pseudonym) === false)
        this.#find("erasure-undone", leaf, event, `the erasure of ${text(pseudonym)} destroyed no key`)
    }
  }
}
