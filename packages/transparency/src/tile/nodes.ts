/** Reads nodes of the tree out of tiles: those between two tile levels are computed from the tile below. */
import { HASH_BYTES, type Hash, nodeHash } from "../hash.ts"
import { TILE_HEIGHT, TILE_WIDTH, type TileId, widthAt } from "./path.ts"

/** Where tiles come from: a directory, a server, memory. */
export interface TileReader {
  /** The tile's bytes, of a tile at least as wide as asked; null where there is none. */
  read(tile: TileId): Promise<Uint8Array | null>
}

/** Reads the node `index` of tree level `level`. Rejects with {@link MissingTileError}. */
export type NodeReader = (level: number, index: number) => Promise<Hash>

/** A tile that a tree of this size must have is absent or too short. */
export class MissingTileError extends Error {
  override readonly name = "MissingTileError"
  readonly tile: TileId
  constructor(tile: TileId) {
    super(`tile ${tile.level}/${tile.index} with ${tile.width} hashes is missing or too short`)
    this.tile = tile
  }
}

const MAX_CACHED = 64

/** Nodes of the tree with `size` leaves. Keeps the last tiles read; trusts them, so check what you build from it. */
export const nodesOf = (tiles: TileReader, size: number): NodeReader => {
  const cache = new Map<string, Uint8Array>()
  const load = async (level: number, index: number): Promise<Uint8Array> => {
    const name = `${level}/${index}`
    const cached = cache.get(name)
    if (cached !== undefined) return cached
    const id = { level, index, width: widthAt(level, index, size) }
    const bytes = await tiles.read(id)
    if (bytes === null || bytes.length < id.width * HASH_BYTES) throw new MissingTileError(id)
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!)
    cache.set(name, bytes)
    return bytes
  }
  return async (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    const span = 2 ** (level - tileLevel * TILE_HEIGHT)
    const first = index * span
    const tile = await load(tileLevel, Math.floor(first / TILE_WIDTH))
    let row: Array<Hash> = []
    for (let i = 0; i < span; i += 1) {
      const at = ((first + i) % TILE_WIDTH) * HASH_BYTES
      row.push(tile.subarray(at, at + HASH_BYTES))
    }
    while (row.length > 1) {
      const above: Array<Hash> = []
      for (let i = 0; i < row.length; i += 2) above.push(nodeHash(row[i]!, row[i + 1]!))
      row = above
    }
    return row[0]!
  }
}
