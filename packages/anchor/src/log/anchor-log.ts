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

  async rootAt(size: number): Promise<Hash | null> {
    const there = this.#head?.size ?? 0
    return size > there ? null : rootAt(nodesOf(this.tiles, there), size)
  }

  /**
   * Grows by these entries, at least one. Durable when it resolves; where it rejects, the log is as it was.
   * @throws RangeError for an entry that is too long; what the signer or the disk says
   */
  async append(entries: ReadonlyArray<Uint8Array>, signer: LogSigner): Promise<AnchorHead> {
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
    return this.#head
  }
}
