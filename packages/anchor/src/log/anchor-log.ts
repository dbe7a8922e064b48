/**
 * The anchor log: a transparency log (RFC 6962, C2SP tlog-tiles) whose leaves are signed checkpoints of others, byte for byte: of
 * the log of each partition, and of what else is anchored. One head of it stands for all of them, so one transaction does.
 *
 * The order of its writes makes a crash harmless: tiles, then the checkpoint, which alone says what the log is. Tiles beyond it are
 * of a growth that never was, and are written over by the next.
 *
 * Concurrency: one writer; readers see whole heads.
 */

import { stat } from "node:fs/promises"
import { join } from "node:path"
import {
  equalHash,
  frontierAt,
  type Hash,
  type LogSigner,
  MissingTileError,
  nodesOf,
  openCheckpoint,
  readCheckpoint,
  rootAt,
  signCheckpoint,
  TileBuilder,
  type TileReader,
  type TreeHead,
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

const CHECKPOINT = "checkpoint"

/** C2SP tlog-tiles: an entry's length has two bytes. */
export const MAX_ENTRY = 65_535

/** A checkpoint that is an entry of the anchor log. */
export interface HeldCheckpoint {
  /** The entry. */
  readonly at: number
  /** Signed by its log. */
  readonly note: string
  readonly head: TreeHead
}

export class AnchorLog implements AnchorHistory {
  readonly directory: string
  readonly key: VerifierKey
  readonly tiles: TileReader
  #head: AnchorHead | null
  #grewAt: number | null
  #builder: TileBuilder
  #index: OriginIndex | null = null

  private constructor(
    directory: string,
    key: VerifierKey,
    { head, grewAt, builder }: { head: AnchorHead | null; grewAt: number | null; builder: TileBuilder },
  ) {
    this.directory = directory
    this.key = key
    this.tiles = directoryTiles(directory)
    this.#head = head
    this.#grewAt = grewAt
    this.#builder = builder
  }

  /** @throws NoteError where its checkpoint is not signed by the key; AnchorError `log` where its tiles are not those of it */
  static async open(directory: string, key: VerifierKey): Promise<AnchorLog> {
    await makeDirectory(directory)
    const note = await readPublished(directory)
    if (note === null) return new AnchorLog(directory, key, { head: null, grewAt: null, builder: new TileBuilder() })
    const { size, root } = openCheckpoint(note, key)
    const tiles = directoryTiles(directory)
    try {
      const frontier = await frontierAt(nodesOf(tiles, size), size)
      const builder = await resumeBuilder(tiles, frontier)
      if (equalHash(frontier.root(), root) && builder.isWhole()) {
        const { mtimeMs } = await stat(join(directory, CHECKPOINT))
        return new AnchorLog(directory, key, { head: { size, root, note }, grewAt: mtimeMs, builder })
      }
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

  /** When it grew last, milliseconds since 1970, as the file of its checkpoint says; null before the first entry. */
  get grewAt(): number | null {
    return this.#grewAt
  }

  /** All entries up to the newest head, in order. @throws MissingTileError */
  entries(from = 0): AsyncGenerator<Uint8Array> {
    return entriesFrom(this.tiles, from, this.#head?.size ?? 0)
  }

  /**
   * The checkpoints of one log that it holds, newest first, each read and compared with the index that found it.
   * @throws AnchorError `log` where the index is of another log; MissingTileError
   */
  async *checkpointsOf(origin: string): AsyncGenerator<HeldCheckpoint> {
    for (const place of (await this.#placesOf(origin)).toReversed()) yield this.#checkpoint(origin, place)
  }

  /** The first one with more than `leaf` leaves; null where there is none (yet). @throws as `checkpointsOf` */
  async checkpointOver(origin: string, leaf: number): Promise<HeldCheckpoint | null> {
    const place = (await this.#placesOf(origin)).find(({ size }) => size > leaf)
    return place === undefined ? null : this.#checkpoint(origin, place)
  }

  async #checkpoint(origin: string, { at, size }: Place): Promise<HeldCheckpoint> {
    const entry = await this.entry(at)
    const held = placeIn(at, entry)
    if (held?.origin !== origin || held.size !== size)
      throw new AnchorError("log", `${this.directory}/origins is not of this log: remove it, it is made anew`)
    const note = Buffer.from(entry).toString("utf8")
    return { at, note, head: readCheckpoint(note) }
  }

  /** Where they are, oldest first. What the index does not cover yet is read. */
  async #placesOf(origin: string): Promise<ReadonlyArray<Place>> {
    const index = await this.#openIndex()
    const size = this.#head?.size ?? 0
    // One of a log that was put back to an older copy: what lies behind its end is not there any more.
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
    await writeDurable(join(this.directory, CHECKPOINT), Buffer.from(note))
    this.#grewAt = Date.now()
    this.#builder = builder
    this.#head = { size, root, note }
    await this.#coverAll()
    return this.#head
  }
}
