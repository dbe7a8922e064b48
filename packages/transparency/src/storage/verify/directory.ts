/**
 * Verifies the log of one partition offline: every leaf is recomputed from the stored audit events and compared with the
 * entries, the tiles and the signed checkpoint. Memory is bounded; the time is about that of sealing.
 *
 * What it cannot find: events dropped before they were sealed, and, without an earlier checkpoint from outside, a past that
 * the holder of the log's key has rewritten as a whole. The report then says "self-consistent only".
 */
import { openCheckpoint, readCheckpoint, type TreeHead } from "../../checkpoint.ts"
import { EMPTY_ROOT, type Hash, leafHash } from "../../hash.ts"
import { eventOf } from "../../leaf.ts"
import { NoteError } from "../../note/error.ts"
import { decodeVkey } from "../../note/vkey.ts"
import { buildConsistency } from "../../proof/build.ts"
import { verifyConsistency } from "../../proof/verify.ts"
import { nodesOf, type TileReader } from "../../tile/nodes.ts"
import { TILE_WIDTH, tilePath, widthAt } from "../../tile/path.ts"
import { directoryTiles, readPublished } from "../directory.ts"
import type { KeyReader } from "../keys.ts"
import { align, type Pair, type StoredEvent } from "./align.ts"
import { compare, expectedOf, isErased } from "./compare.ts"
import { Findings } from "./findings.ts"
import { storedLeaves } from "./leaves.ts"
import type { Report } from "./report.ts"
import { equalNodes, Rebuilt } from "./tree.ts"

export interface VerifyOptions {
  /** The log's verifier key, `name+hash+key`; its name is the expected origin. From outside the directory. */
  readonly vkey: string
  /** A checkpoint (signed note) kept from earlier, from outside the directory: the anchor against a rewritten past. */
  readonly since?: string
  /** Checkpoints of audit.checkpoints, to narrow down where a rebuilt tree departs from what was signed. */
  readonly history?: ReadonlyArray<string>
  /** The erasable device keys; null compares names and kinds of events only. */
  readonly keys: KeyReader | null
  /** Default 100. */
  readonly maxFindings?: number
}

/** A stored record of audit.events, in order from the first. */
export interface AuditRecord {
  readonly offset: number
  readonly value: Uint8Array
}

/** @throws NoteError when the vkey itself cannot be read; whatever is wrong with the directory is a finding */
export const verifyDirectory = async (
  directory: string,
  options: VerifyOptions,
  events: AsyncIterable<AuditRecord>,
): Promise<Report> => {
  const key = decodeVkey(options.vkey)
  const findings = new Findings(options.maxFindings ?? 100)
  const open = (note: string): TreeHead => openCheckpoint(note, key)
  const head = await signedHead(directory, open, key.name, findings)
  const since = options.since === undefined ? null : earlierHead(options.since, open, head.size, findings)
  const tiles = directoryTiles(directory)
  const walk = new Walk(tiles, head, options, findings, marksOf(since, options.history ?? [], open, head.size))
  const leaves = storedLeaves(tiles, head.size, (path, leaf) => findings.torn(path, leaf))
  for await (const pair of align(leaves, parsed(events, key.name))) await walk.see(pair)
  walk.end(since)
  if (since !== null && findings.none) await checkConsistency(tiles, since, head, findings)
  return findings.report({ origin: key.name, size: head.size, anchored: options.since !== undefined, ...walk.counts })
}

/** The published head; where its signature is wrong, its size still tells how far to look. */
const signedHead = async (
  directory: string,
  open: (note: string) => TreeHead,
  origin: string,
  findings: Findings,
): Promise<TreeHead> => {
  const note = await readPublished(directory)
  if (note === null) {
    findings.whole("checkpoint", "there is no checkpoint")
    return { origin, size: 0, root: EMPTY_ROOT }
  }
  try {
    return open(note)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    findings.whole("checkpoint", error.message)
  }
  try {
    return readCheckpoint(note)
  } catch {
    return { origin, size: 0, root: EMPTY_ROOT }
  }
}

const earlierHead = (
  note: string,
  open: (note: string) => TreeHead,
  size: number,
  findings: Findings,
): TreeHead | null => {
  try {
    const since = open(note)
    if (since.size <= size) return since
    findings.whole("history", `the log has ${size} leaves, but had ${since.size} at the earlier checkpoint: it was cut`)
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    findings.whole("history", `the earlier checkpoint: ${error.message}`)
  }
  return null
}

/** Signed heads on the way, smallest first. Notes that do not open say nothing. */
const marksOf = (
  since: TreeHead | null,
  history: ReadonlyArray<string>,
  open: (note: string) => TreeHead,
  size: number,
): Array<TreeHead> => {
  const marks = since === null ? [] : [since]
  for (const note of history) {
    try {
      marks.push(open(note))
    } catch (error) {
      if (!(error instanceof NoteError)) throw error
    }
  }
  return marks.filter((mark) => mark.size > 0 && mark.size <= size).sort((a, b) => a.size - b.size)
}

/** The epoch and partition of an event that cannot be read are those of the log's name, `.../<partition>/<epoch>`. */
async function* parsed(events: AsyncIterable<AuditRecord>, origin: string): AsyncGenerator<StoredEvent> {
  const [partition = "0", epoch = "0"] = origin.split("/").slice(-2)
  for await (const { offset, value } of events) {
    yield { record: value, event: eventOf(value, Number(epoch), Number(partition), offset) }
  }
}

const checkConsistency = async (
  tiles: TileReader,
  since: TreeHead,
  head: TreeHead,
  findings: Findings,
): Promise<void> => {
  const proof = await buildConsistency(nodesOf(tiles, head.size), since.size, head.size)
  if (!verifyConsistency(since.size, since.root, head.size, head.root, proof)) {
    findings.whole("history", `no proof leads from the earlier checkpoint of ${since.size} leaves to this one`)
  }
}

/** Goes over the leaves once. */
class Walk {
  readonly #tree: Rebuilt
  readonly #head: TreeHead
  readonly #keys: KeyReader | null
  readonly #findings: Findings
  readonly #marks: Array<TreeHead>
  #size = 0
  #trusted = 0
  #departed = false
  readonly counts = { compared: 0, erased: 0, unsealed: 0 }

  constructor(tiles: TileReader, head: TreeHead, options: VerifyOptions, findings: Findings, marks: Array<TreeHead>) {
    this.#tree = new Rebuilt(tiles, head.size)
    this.#head = head
    this.#keys = options.keys
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
