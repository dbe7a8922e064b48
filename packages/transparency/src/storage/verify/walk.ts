/** The walk over all leaves: each is compared with its event and its tile, and the tree is rebuilt on the way. */
import type { TreeHead } from "../../checkpoint.ts"
import { type Hash, leafHash } from "../../hash.ts"
import type { TileReader } from "../../tile/nodes.ts"
import { TILE_WIDTH, tilePath, widthAt } from "../../tile/path.ts"
import type { KeyReader } from "../keys.ts"
import type { Pair } from "./align.ts"
import { compare, expectedOf, isErased } from "./compare.ts"
import type { Findings } from "./findings.ts"
import { equalNodes, Rebuilt } from "./tree.ts"

/** Goes over the leaves once, and notes what does not fit. */
export class Walk {
  readonly #tree: Rebuilt
  readonly #head: TreeHead
  readonly #keys: KeyReader | null
  readonly #findings: Findings
  readonly #marks: Array<TreeHead>
  #size = 0
  #trusted = 0
  #departed = false
  readonly counts = { compared: 0, erased: 0, unsealed: 0 }

  constructor(tiles: TileReader, head: TreeHead, keys: KeyReader | null, findings: Findings, marks: Array<TreeHead>) {
    this.#tree = new Rebuilt(tiles, head.size)
    this.#head = head
    this.#keys = keys
    this.#findings = findings
    this.#marks = marks
  }

  async see(pair: Pair): Promise<void> {
    if (pair.kind === "unsealed") this.counts.unsealed += 1
    else if (pair.kind === "inserted") {
      this.#findings.leaf(
        "event-inserted",
        pair.before,
        pair.event.event,
        "a stored event stands before this leaf that was never sealed there",
      )
    } else await this.#leaf(pair)
  }

  async #leaf(pair: Extract<Pair, { kind: "pair" | "missing" }>): Promise<void> {
    const { leaf } = pair
    const entryHash = leaf.entry === null ? null : leafHash(leaf.entry)
    this.#judge(pair, entryHash)
    const bad = await this.#tree.append(entryHash, leaf.hash)
    for (const { level, index } of bad) {
      const span = TILE_WIDTH ** level
      const tile = Math.floor(index / TILE_WIDTH)
      const path = tilePath({ level, index: tile, width: widthAt(level, tile, this.#head.size) })
      this.#findings.node(path, index * span, (index + 1) * span - 1)
    }
    this.#size += 1
    this.#compareMarks()
  }

  #judge(pair: Extract<Pair, { kind: "pair" | "missing" }>, entryHash: Hash | null): void {
    const { leaf } = pair
    const consistent = equalNodes(entryHash, leaf.hash)
    if (pair.kind === "missing") {
      if (isErased(leaf, this.#keys)) this.counts.erased += 1
      else this.#findings.leaf("event-missing", leaf.number, leaf.leaf, "the sealed event is not stored any more")
      if (!consistent) this.#findings.unlike(leaf.number, leaf.leaf)
      return
    }
    const expected = expectedOf(pair.event, this.#keys)
    const found = compare(leaf, pair.event, expected, this.#keys)
    if (found === "erased") this.counts.erased += 1
    else if (found !== "unopened") this.counts.compared += 1
    const event = found === "altered" ? pair.event.event : leaf.leaf
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

  /** At each size that was signed: is this still that tree? */
  #compareMarks(): void {
    while (this.#marks[0]?.size === this.#size) {
      const mark = this.#marks.shift()!
      const { entries, tiles } = this.#tree.has(mark.root)
      if (entries || tiles) this.#trusted = mark.size
      else if (!this.#departed) {
        this.#departed = true
        const text = `the tree departs from a checkpoint signed at ${mark.size} leaves, at leaf ${this.#trusted} or after`
        this.#findings.whole("history", text)
      }
    }
  }

  end(since: TreeHead | null): void {
    const { entries, tiles } = this.#tree.has(this.#head.root)
    this.#findings.resolve(entries, tiles)
    if (!entries && !tiles) {
      const from = since === null ? this.#trusted : Math.max(this.#trusted, this.#departed ? 0 : since.size)
      this.#findings.whole(
        "root",
        `the leaves do not make the signed root: the tree was rebuilt, at leaf ${from} or after`,
      )
    }
  }
}
