/** The walk over all leaves: each is compared with its event and its tile, and the tree is rebuilt on the way. */
import type { AuditEvent } from "@assay/trust"
import type { TreeHead } from "../../checkpoint.ts"
import { type Hash, leafHash } from "../../hash.ts"
import { decodeLeaf } from "../../leaf.ts"
import type { TileReader } from "../../tile/nodes.ts"
import { TILE_WIDTH, tilePath, widthAt } from "../../tile/path.ts"
import type { KeyReader } from "../keys.ts"
import { compare, type Expected, isErased } from "./compare.ts"
import type { Erasures } from "./erasures.ts"
import type { Findings } from "./findings.ts"
import type { Pair, StoredEvent, StoredLeaf } from "./leaves.ts"
import type { Marks } from "./marks.ts"
import { type Narrowed, narrow } from "./narrow.ts"
import { equalNodes, Rebuilt } from "./tree.ts"

const MAX_BAD = 100

/** The heads that were signed on the way. */
interface SignedHeads {
  readonly marks: Marks
  /** Earlier checkpoints from outside. */
  readonly outside: ReadonlyArray<TreeHead>
  /** All of them once more. */
  readonly signedAgain: () => AsyncIterable<TreeHead>
}

/** Goes over the leaves once, and notes what does not fit. */
export class Walk {
  readonly #tree: Rebuilt
  readonly #head: TreeHead
  readonly #keys: KeyReader | null
  readonly #findings: Findings
  readonly #heads: SignedHeads
  #size = 0
  /** Of the last signed size that still fits, and the first that does not. */
  #trusted = 0
  #departed: TreeHead | null = null
  readonly #tiles: TileReader
  /** Upper nodes that are not the root of the leaves below, until the signed root tells which of the two was changed. */
  readonly #bad: Array<{ readonly path: string; readonly from: number; readonly to: number }> = []
  readonly counts = { compared: 0, pruned: 0, erased: 0, unsealed: 0, sealedTo: 0 }

  /** Leaves whose events lie before the sealer's position, and how many there were at the last head that had no others. */
  #committed = 0
  #committedHead = 0
  readonly #position: number
  readonly #erasures: Erasures
  readonly #expect: (event: StoredEvent) => Expected | null

  constructor(
    tiles: TileReader,
    head: TreeHead,
    keys: KeyReader | null,
    /** What the leaf of an event must be, if it can be said. */
    expect: (event: StoredEvent) => Expected | null,
    findings: Findings,
    heads: SignedHeads,
    erasures: Erasures,
    /** The sealer's in audit.events. */
    position: number,
  ) {
    this.#position = position
    this.#expect = expect
    this.#erasures = erasures
    this.#tree = new Rebuilt(tiles, head.size)
    this.#head = head
    this.#keys = keys
    this.#findings = findings
    this.#heads = heads
    this.#tiles = tiles
  }

  async see(pair: Pair): Promise<void> {
    if (pair.kind === "after") this.counts.unsealed += 1
    else if (pair.kind === "inserted") {
      this.#findings.leaf(
        "event-inserted",
        pair.before.number,
        pair.right.event,
        "a stored event stands before this leaf that was never sealed there",
      )
    } else await this.#leaf(pair)
  }

  /** The first leaf of a log that goes on after another: the checkpoint that the other one ends with. @param note its bytes */
  async first(leaf: StoredLeaf, note: Uint8Array): Promise<void> {
    const hash = leafHash(note)
    const entryHash = leaf.entry === null ? leaf.hash : leafHash(leaf.entry)
    if (!equalNodes(entryHash, hash) || !equalNodes(leaf.hash, hash))
      this.#findings.leaf(
        "history",
        leaf.number,
        null,
        "the first leaf is not the checkpoint that the log before it ends with",
      )
    // No event stands for it: it was sealed before the first one.
    if (this.#position > 0) this.#committed += 1
    await this.#append(leaf, entryHash)
  }

  async #leaf(given: Extract<Pair, { kind: "pair" | "missing" }>): Promise<void> {
    const pair = given.left.pruned ? this.#opened(given) : given
    const { left: leaf } = pair
    const entryHash = leaf.entry !== null ? leafHash(leaf.entry) : leaf.pruned ? this.#prunedHash(pair) : null
    await this.#judge(pair, entryHash)
    await this.#append(leaf, entryHash)
  }

  async #append(leaf: StoredLeaf, entryHash: Hash | null): Promise<void> {
    const bad = await this.#tree.append(entryHash, leaf.hash)
    for (const { level, index } of bad) {
      const span = TILE_WIDTH ** level
      const tile = Math.floor(index / TILE_WIDTH)
      const path = tilePath({ level, index: tile, width: widthAt(level, tile, this.#head.size) })
      const from = index * span
      if (this.#findings.lastLeaf < from && this.#bad.length < MAX_BAD)
        this.#bad.push({ path, from, to: (index + 1) * span - 1 })
    }
    this.#size += 1
    await this.#compareMarks()
  }

  /** A pruned entry is the one that the stored event makes, where it has the leaf's hash. */
  #opened<P extends Extract<Pair, { kind: "pair" | "missing" }>>(pair: P): P {
    this.counts.pruned += 1
    if (pair.kind === "missing") return pair
    const expected = this.#expect(pair.right)
    if (expected === null || !equalNodes(expected.hash, pair.left.hash)) return pair
    return { ...pair, left: { ...pair.left, entry: expected.entry, leaf: decodeLeaf(expected.entry) } }
  }

  /** Of a pruned entry: what the stored event makes, so that the signed root tells which of the two was changed; else the tile's. */
  #prunedHash(pair: Extract<Pair, { kind: "pair" | "missing" }>): Hash | null {
    return (pair.kind === "pair" ? this.#expect(pair.right)?.hash : null) ?? pair.left.hash
  }

  /** A pruned entry that the stored event does not make. */
  #unopened(leaf: number, { event }: StoredEvent, expected: Expected | null): void {
    if (this.#keys === null) return
    if (expected === null)
      this.#findings.leaf(
        "entry-archived",
        leaf,
        event,
        "the entry was pruned, and the device of the stored event has no key: name the archive (--archive)",
      )
    else
      this.#findings.unmade(
        leaf,
        event,
        "the stored event does not make the leaf, whose entry was pruned: it is not the one that was sealed, or its device was erased and came back, which the archive tells (--archive)",
      )
  }

  async #judge(pair: Extract<Pair, { kind: "pair" | "missing" }>, entryHash: Hash | null): Promise<void> {
    const { left: leaf } = pair
    const consistent = equalNodes(entryHash, leaf.hash)
    if (pair.kind === "missing") {
      // Also that of an erased device: its statement stays in audit.events, so nothing may take it away.
      this.#findings.leaf("event-missing", leaf.number, leaf.leaf, "the sealed event is not stored any more")
      if (isErased(leaf, this.#keys)) this.#claimErased(leaf, null)
      if (!consistent) this.#findings.unlike(leaf.number, leaf.leaf)
      return
    }
    this.counts.sealedTo = Math.max(this.counts.sealedTo, pair.right.offset + 1)
    if (pair.right.offset < this.#position) this.#committed += 1
    await this.#compareStamp(leaf.number, pair.right)
    const expected = this.#expect(pair.right)
    if (leaf.pruned && leaf.entry === null) {
      this.#unopened(leaf.number, pair.right, expected)
      return
    }
    const found = compare(leaf, pair.right, expected, this.#keys)
    if (found === "same" && pair.right.event.event !== null)
      await this.#erasures.see(pair.right.event.event, leaf.number, leaf.leaf!.pseudonym)
    if (found === "erased") this.#claimErased(leaf, pair.right.event.event)
    else if (found !== "unopened") this.counts.compared += 1
    if (found !== "altered" && !pair.right.hasItsKey)
      this.#findings.leaf("event-altered", leaf.number, leaf.leaf, "the record's key does not name the event's device")
    const event = found === "altered" ? pair.right.event : leaf.leaf
    if (pair.moved)
      this.#findings.leaf("event-moved", leaf.number, event, "the sealed event is stored at another place")
    if (found !== "altered") {
      if (!consistent && leaf.hash !== null) this.#findings.unlike(leaf.number, event)
      return
    }
    if (leaf.entry !== null && leaf.hash !== null && equalNodes(expected?.hash ?? null, leaf.hash)) {
      this.#findings.leaf(
        "entry-altered",
        leaf.number,
        event,
        "the log's entry was changed; the event and the tree agree",
      )
      return
    }
    if (leaf.entry !== null)
      this.#findings.leaf(
        "event-altered",
        leaf.number,
        leaf.leaf ?? event,
        "the stored event is not the one that was sealed",
      )
    if (!consistent && leaf.entry !== null && leaf.hash !== null) this.#findings.unlike(leaf.number, event)
  }

  /** The sealer records with each head when its newest event was stamped. */
  async #compareStamp(leaf: number, { stamp, event }: StoredEvent): Promise<void> {
    const { marks } = this.#heads
    const recorded = marks.mayHave(leaf + 1) ? (await marks.at(leaf + 1))?.stamp : null
    if (stamp === null || recorded == null || recorded === stamp) return
    const [is, was] = [stamp, recorded].map((time) => new Date(time).toISOString())
    this.#findings.leaf(
      "stamp-altered",
      leaf,
      event,
      `the stored event is stamped ${is}, and audit.checkpoints says ${was}`,
    )
  }

  #claimErased({ leaf, number }: StoredLeaf, event: AuditEvent | null): void {
    this.counts.erased += 1
    this.#erasures.claim(leaf!.pseudonym, number, event)
  }

  /** At each size that was signed: is this still that tree? */
  async #compareMarks(): Promise<void> {
    const { marks, outside } = this.#heads
    for (const earlier of outside) if (earlier.size === this.#size) this.#compareMark(earlier)
    const mark = marks.mayHave(this.#size) ? await marks.at(this.#size) : null
    if (mark === null) return
    this.#compareMark(mark)
    if (this.#committed === this.#size) this.#committedHead = this.#size
  }

  #compareMark(mark: TreeHead): void {
    const { entries, tiles } = this.#tree.has(mark.root)
    if (entries || tiles) this.#trusted = mark.size
    else this.#departed ??= mark
  }

  /** The sealer commits its position together with a record of audit.checkpoints, so the head of that position is there. */
  refuseLostHead(): void {
    if (this.#committedHead === this.#committed) return
    const text = `audit.checkpoints lacks the head that was signed at ${this.#committed} leaves`
    this.#findings.whole("history", text)
  }

  /** What only the signed root and the checkpoints on the way can tell. */
  async end(isLast: boolean): Promise<void> {
    if (isLast && this.#keys !== null) this.#erasures.end()
    const { entries, tiles } = this.#tree.has(this.#head.root)
    this.#findings.resolve(entries, tiles)
    if (entries || tiles) for (const { path, from, to } of this.#bad) this.#findings.node(path, from, to)
    if ((entries || tiles) && this.#departed === null) return
    await this.#changedTogether(entries || tiles)
  }

  /** Event, entry and leaf hash agree, and what was signed does not fit: which leaf was it? */
  async #changedTogether(hasSignedRoot: boolean): Promise<void> {
    const departed = this.#departed
    const range = { from: this.#trusted, to: (departed?.size ?? this.#head.size) - 1 }
    const blocks = this.#bad.filter(({ from, to }) => to - from + 1 === TILE_WIDTH).map(({ from }) => from / TILE_WIDTH)
    const found = await narrow(this.#tiles, this.#head, range, this.#heads.signedAgain(), blocks)
    if (hasSignedRoot)
      this.#findings.whole(
        "history",
        `the tree departs from a checkpoint signed at ${departed!.size} leaves: ${wordsOf(found)}`,
      )
    else {
      this.#findings.whole("root", `the leaves do not make the signed root: ${wordsOf(found)}`)
      if (departed !== null)
        this.#findings.whole("history", `the leaves do not make the root signed at ${departed.size} leaves either`)
    }
    for (const leaf of found.leaves)
      this.#findings.leaf(
        "leaf-altered",
        leaf,
        null,
        "event, entry and leaf hash were changed together after it was sealed",
      )
  }
}

const wordsOf = ({ from, to, leaves }: Narrowed): string =>
  leaves.length > 0
    ? `leaf ${leaves.join(", ")} was changed`
    : `one or more of leaves ${from} to ${to} were changed; which, the tree cannot tell: no hash of a single leaf of that time is left, the signed checkpoints and the upper tiles stand for all of them together`
