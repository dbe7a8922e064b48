/**
 * The anchor log: a transparency log (RFC 6962, C2SP tlog-tiles) whose leaves are signed checkpoints of others, byte for byte: of
 * the log of each partition, and of what else is anchored. One head of it stands for all of them, so one transaction does.
 *
 * The order of its writes makes a crash harmless: tiles, then the checkpoint, which alone says what the log is. Tiles beyond it are
 * of a growth that never was, and are written over by the next.
 *
 * Concurrency: one writer; readers see whole heads.
 */

import { join } from "node:path"
import {
  equalHash,
  Frontier,
  type Hash,
  type LogSigner,
  MissingTileError,
  nodesOf,
  openCheckpoint,
  rootAt,
  signCheckpoint,
  TileBuilder,
  type TileReader,
  type VerifierKey,
} from "@assay/transparency"
import {
  directoryTiles,
  entriesFrom,
  makeDirectory,
  readPublished,
  resumeBuilder,
  writeAllDurable,
  writeDurable,
} from "@assay/transparency/storage"
import type { AnchorHead, AnchorHistory } from "../anchor.ts"
import { AnchorError } from "../error.ts"
import { OriginIndex, type Place, placeIn } from "./origin-index.ts"

/** Entries that are indexed at once. */
const INDEX_STEP = 4_096

/** C2SP tlog-tiles: an entry's length has two bytes. */
export const MAX_ENTRY = 65_535

/** The roots of the perfect subtrees of the first `size` leaves, largest first. */
const frontierOf = async (tiles: TileReader, size: number): Promise<Frontier> => {
  const nodes = nodesOf(tiles, size)
  const found: Array<Hash> = []
  let at = 0
  for (let level = 52; level >= 0; level--) {
    const span = 2 ** level
    if (at + span > size) continue
    found.push(await nodes(level, at / span))
    at += span
  }
  return new Frontier(size, found)
}

export class AnchorLog implements AnchorHistory {
  readonly directory: string
  readonly key: VerifierKey
  readonly tiles: TileReader
  #head: AnchorHead | null
  #builder: TileBuilder
  #index: OriginIndex | null = null

  private constructor(directory: string, key: VerifierKey, head: AnchorHead | null, builder: TileBuilder) {
    this.directory = directory
    this.key = key
    this.tiles = directoryTiles(directory)
    this.#head = head
    this.#builder = builder
  }

  /** @throws NoteError where its checkpoint is not signed by the key; AnchorError `log` where its tiles are not those of it */
  static async open(directory: string, key: VerifierKey): Promise<AnchorLog> {
    await makeDirectory(directory)
    const note = await readPublished(directory)
    if (note === null) return new AnchorLog(directory, key, null, new TileBuilder())
    const { size, root } = openCheckpoint(note, key)
    const tiles = directoryTiles(directory)
    try {
      const frontier = await frontierOf(tiles, size)
      const builder = await resumeBuilder(tiles, frontier)
      if (equalHash(frontier.root(), root) && builder.isWhole())
        return new AnchorLog(directory, key, { size, root, note }, builder)
    } catch (cause) {
      if (!(cause instanceof MissingTileError)) throw cause
      throw new AnchorError("log", `${directory}: ${cause.message}`, { cause })
    }
    throw new AnchorError("log", `the tiles of ${directory} are not those of its checkpoint`)
  }

  /** The newest one; null before the first. */
  get head(): AnchorHead | null {
    return this.#head
  }

  /** All entries up to the newest head, in order. @throws MissingTileError */
  entries(from = 0): AsyncGenerator<Uint8Array> {
    return entriesFrom(this.tiles, from, this.#head?.size ?? 0)
  }

  /**
   * The checkpoints of a log that it holds, in order. What the index does not cover yet is read.
   * @throws MissingTileError
   */
  async placesOf(origin: string): Promise<ReadonlyArray<Place>> {
    const index = await this.#openIndex()
    const size = this.#head?.size ?? 0
    // One of a log that was put back to an older copy, or of another: what it says is read from the entries anyway.
    const found = (await index.places(origin)).filter(({ at }) => at < size)
    let at = Math.min(index.upto, size)
    const more: Array<Place> = []
    for await (const entry of this.entries(at)) {
      const place = placeIn(at, entry)
      if (place?.origin === origin) more.push({ at, size: place.size })
      at += 1
    }
    return [...found, ...more]
  }

  /** The names of all logs that it holds checkpoints of. @throws MissingTileError */
  async origins(): Promise<ReadonlySet<string>> {
    const index = await this.#openIndex()
    const names = new Set(await index.origins())
    let at = Math.min(index.upto, this.#head?.size ?? 0)
    for await (const entry of this.entries(at)) {
      const place = placeIn(at, entry)
      if (place !== null) names.add(place.origin)
      at += 1
    }
    return names
  }

  /** One entry. @throws MissingTileError where it is not there */
  async entry(at: number): Promise<Uint8Array> {
    for await (const entry of this.entries(at)) return entry
    throw new RangeError(`the anchor log has ${this.#head?.size ?? 0} entries, and ${at} was asked for`)
  }

  async #openIndex(): Promise<OriginIndex> {
    this.#index ??= await OriginIndex.open(this.directory)
    return this.#index
  }

  /** For the one writer: the index covers all entries. Where it is behind, after a crash say, it catches up. @throws MissingTileError */
  async #coverAll(): Promise<void> {
    const index = await this.#openIndex()
    let step: Array<Uint8Array> = []
    for await (const entry of this.entries(Math.min(index.upto, this.#head?.size ?? 0))) {
      step.push(entry)
      if (step.length < INDEX_STEP) continue
      await index.add(step)
      step = []
    }
    if (step.length > 0) await index.add(step)
  }

  async rootAt(size: number): Promise<Hash | null> {
    const there = this.#head?.size ?? 0
    return size > there ? null : rootAt(nodesOf(this.tiles, there), size)
  }

  /**
   * Grows by these entries, at least one. Durable when it resolves; where it rejects, the log is as it was.
   * @throws RangeError for an entry that is too long; what the signer or the disk says
   */
  async append(entries: ReadonlyArray<Uint8Array>, signer: LogSigner): Promise<AnchorHead> {
    const index = await this.#openIndex()
    if (index.upto > (this.#head?.size ?? 0)) await index.reset()
    if (entries.some(({ length }) => length > MAX_ENTRY))
      throw new RangeError(`an entry of the anchor log has at most ${MAX_ENTRY} bytes`)
    const builder = this.#builder.clone()
    const files = builder.append(entries)
    const { size } = builder.frontier
    const root = builder.frontier.root()
    const note = await signCheckpoint({ origin: this.key.name, size, root }, signer)
    await writeAllDurable(this.directory, files)
    await writeDurable(join(this.directory, "checkpoint"), Buffer.from(note))
    this.#builder = builder
    this.#head = { size, root, note }
    await this.#coverAll()
    return this.#head
  }
}
