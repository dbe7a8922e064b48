/**
 * Builds tiles as a log grows. It remembers only the right edge: the partial tile of every level and the partial bundle.
 */
import { Frontier } from "../compact.ts"
import { equalHash, HASH_BYTES, type Hash, leafHash } from "../hash.ts"
import { encodeEntries } from "./bundle.ts"
import { TILE_HEIGHT, TILE_WIDTH, tilePath } from "./path.ts"

/** A file of the log's directory: immutable once written, so writing it again is harmless. */
export interface TileFile {
  readonly path: string
  readonly bytes: Uint8Array
}

interface OpenTile {
  index: number
  hashes: Array<Hash>
}

const join = (hashes: ReadonlyArray<Hash>): Uint8Array => {
  const out = Buffer.allocUnsafe(hashes.length * HASH_BYTES)
  hashes.forEach((hash, i) => {
    out.set(hash, i * HASH_BYTES)
  })
  return out
}

export class TileBuilder {
  readonly frontier: Frontier
  readonly #levels: Array<OpenTile>
  #entries: Array<Uint8Array>

  /**
   * Goes on from a tree.
   * @param edge hashes of the partial tile of each tile level, lowest first (empty where the level's last tile is full)
   * @param entries entries of the partial bundle
   * @throws RangeError when they do not fit the size
   */
  constructor(
    frontier = new Frontier(),
    edge: ReadonlyArray<ReadonlyArray<Hash>> = [],
    entries: ReadonlyArray<Uint8Array> = [],
  ) {
    this.frontier = frontier
    this.#levels = edge.map((hashes, level) => {
      const nodes = Math.floor(frontier.size / TILE_WIDTH ** level)
      if (hashes.length !== nodes % TILE_WIDTH)
        throw new RangeError(`tile level ${level} does not fit ${frontier.size} leaves`)
      return { index: Math.floor(nodes / TILE_WIDTH), hashes: [...hashes] }
    })
    if (entries.length !== frontier.size % TILE_WIDTH) throw new RangeError("the open bundle does not fit the size")
    this.#entries = [...entries]
  }

  /** Appends entries and returns the files that their tree needs and the old one lacks, full and partial. */
  append(entries: ReadonlyArray<Uint8Array>): Array<TileFile> {
    const files: Array<TileFile> = []
    const changed = new Set<number>()
    const onNode = (level: number, _index: number, hash: Hash): void => {
      if (level % TILE_HEIGHT !== 0) return
      const at = level / TILE_HEIGHT
      let tile = this.#levels[at]
      if (tile === undefined) {
        tile = { index: 0, hashes: [] }
        this.#levels[at] = tile
      }
      tile.hashes.push(hash)
      changed.add(at)
      if (tile.hashes.length < TILE_WIDTH) return
      files.push({ path: tilePath({ level: at, index: tile.index, width: TILE_WIDTH }), bytes: join(tile.hashes) })
      tile.index += 1
      tile.hashes = []
    }
    for (const entry of entries) {
      this.#entries.push(entry)
      const index = Math.floor(this.frontier.size / TILE_WIDTH)
      this.frontier.append(leafHash(entry), onNode)
      if (this.#entries.length < TILE_WIDTH) continue
      files.push({
        path: tilePath({ level: "entries", index, width: TILE_WIDTH }),
        bytes: encodeEntries(this.#entries),
      })
      this.#entries = []
    }
    for (const level of changed) {
      const { index, hashes } = this.#levels[level]!
      if (hashes.length > 0) files.push({ path: tilePath({ level, index, width: hashes.length }), bytes: join(hashes) })
    }
    if (entries.length > 0 && this.#entries.length > 0) {
      const index = Math.floor(this.frontier.size / TILE_WIDTH)
      const path = tilePath({ level: "entries", index, width: this.#entries.length })
      files.push({ path, bytes: encodeEntries(this.#entries) })
    }
    return files
  }

  /** Whether the open bundle's entries are those that the open tile's hashes stand for. */
  isWhole(): boolean {
    const hashes = this.#levels[0]?.hashes ?? []
    return this.#entries.every((entry, i) => equalHash(leafHash(entry), hashes[i] ?? new Uint8Array(0)))
  }

  /** A copy, so that a failed append can be thrown away. */
  clone(): TileBuilder {
    return new TileBuilder(
      this.frontier.clone(),
      this.#levels.map((tile) => tile.hashes),
      this.#entries,
    )
  }
}
