/** Gathers findings, bounded, and words the report. */
import type { EventId } from "../../leaf.ts"
import { idOf } from "./leaves.ts"
import type { Finding, FindingKind, Report } from "./report.ts"

type Counts = Pick<
  Report,
  "origin" | "size" | "minimum" | "anchored" | "compared" | "pruned" | "erased" | "unsealed" | "sealedTo"
>

/** Only the name: the leaf it may come from holds views into a whole tile. */
const nameOf = (event: EventId | null): EventId | null =>
  event === null ? null : { origin: event.origin, index: event.index }

export class Findings {
  readonly #max: number
  #found: Array<Finding> = []
  #total = 0
  /** Leaves whose entry and tile differ, until the root tells which of the two was signed. */
  readonly #unlike = new Set<Finding>()
  /** The last leaf with a finding: an upper node over it differs for that reason. */
  #lastLeaf = -1

  constructor(max: number) {
    this.#max = max
  }

  get none(): boolean {
    return this.#total === 0
  }

  #add(finding: Finding): void {
    this.#total += 1
    if (this.#found.length < this.#max) this.#found.push(finding)
  }

  whole(kind: FindingKind, text: string): void {
    this.#add({ kind, leaf: null, event: null, text })
  }

  leaf(kind: FindingKind, leaf: number, event: EventId | null, what: string): void {
    this.#lastLeaf = leaf
    this.#add({ kind, leaf, event: nameOf(event), text: `${what}${event === null ? "" : ` (event ${idOf(event)})`}` })
  }

  torn(path: string, leaf: number): void {
    this.#lastLeaf = leaf
    this.#add({ kind: "unreadable", leaf, event: null, text: `${path} is missing or torn` })
  }

  /** Entry and tile differ, and the event does not decide between them, or agrees with the entry. */
  unlike(leaf: number, event: EventId | null): void {
    this.#undecided("leaf-altered", leaf, event, "entry and tree differ")
  }

  /** The entry was pruned, and what the stored event makes is not what the tile has. */
  unmade(leaf: number, event: EventId | null, what: string): void {
    this.#undecided("event-altered", leaf, event, what)
  }

  #undecided(kind: FindingKind, leaf: number, event: EventId | null, what: string): void {
    this.#lastLeaf = leaf
    const name = event === null ? "" : ` (event ${idOf(event)})`
    const finding: Finding = { kind, leaf, event: nameOf(event), text: `${what}${name}` }
    if (this.#found.length < this.#max) this.#unlike.add(finding)
    this.#add(finding)
  }

  /** The last leaf with a finding so far; -1 before the first. */
  get lastLeaf(): number {
    return this.#lastLeaf
  }

  node(path: string, from: number, to: number): void {
    this.#add({
      kind: "node-altered",
      leaf: from,
      event: null,
      text: `${path} does not hold the root of leaves ${from} to ${to}`,
    })
  }

  /** The signed root has spoken for the entries, or for the lowest tiles. */
  resolve(entriesAreSigned: boolean, tilesAreSigned: boolean): void {
    this.#found = this.#found.map((finding) => {
      if (!this.#unlike.has(finding)) return finding
      if (entriesAreSigned)
        return { ...finding, kind: "tile-altered", text: `the leaf hash in the tile was changed: ${finding.text}` }
      return tilesAreSigned && finding.kind === "leaf-altered"
        ? { ...finding, text: `the entry, and the event with it, was changed: ${finding.text}` }
        : finding
    })
  }

  report(counts: Counts): Omit<Report, "witnessed"> {
    const findings = this.#found.sort((a, b) => (a.leaf ?? -1) - (b.leaf ?? -1))
    const intact = this.#total === 0
    const first = findings.find(({ leaf }) => leaf !== null) ?? findings[0]
    const good = counts.anchored
      ? "intact since the earlier checkpoint"
      : "self-consistent only: no earlier checkpoint was given"
    const bad = first === undefined ? "" : first.leaf === null ? first.text : `leaf ${first.leaf}: ${first.text}`
    const summary = intact ? `${counts.size} leaves, ${good}` : `${this.#total} findings; ${bad}`
    return { intact, ...counts, findings, truncated: this.#total > findings.length, summary }
  }
}
