/** Copies the tiles of a tree while the log grows on: exactly those of a tree of `size` leaves. */
import { HASH_BYTES } from "../hash.ts"
import { decodeEntries, encodeEntries } from "../tile/bundle.ts"
import { MissingTileError } from "../tile/nodes.ts"
import { nodesAt, TILE_WIDTH, type TileId, tilePath, widthAt } from "../tile/path.ts"
import { directoryTiles } from "./directory.ts"
import { writeAllDurable } from "./files.ts"

/** Tiles that are read before they are written together. */
const AT_ONCE = 64

function* tilesOf(size: number, minimum: number): Generator<TileId> {
  for (let level = 0; nodesAt(level, size) > 0; level++)
    for (let index = 0; index * TILE_WIDTH < nodesAt(level, size); index++)
      yield { level, index, width: widthAt(level, index, size) }
  for (let index = minimum / TILE_WIDTH; index * TILE_WIDTH < size; index++)
    yield { level: "entries", index, width: widthAt("entries", index, size) }
}

/** A partial tile that is gone is answered by the full one, which begins with it. */
const cut = (tile: TileId, bytes: Uint8Array): Uint8Array => {
  if (tile.level !== "entries") {
    if (bytes.length < tile.width * HASH_BYTES) throw new MissingTileError(tile)
    return bytes.subarray(0, tile.width * HASH_BYTES)
  }
  const entries = decodeEntries(bytes)
  if (entries === null || entries.length < tile.width) throw new MissingTileError(tile)
  return encodeEntries(entries.slice(0, tile.width))
}

export interface CopyTiles {
  readonly size: number
  /** The first entry that the log still has, a multiple of 256: those before it were pruned. Left out: 0. */
  readonly minimum?: number
  /** A tile of this path may be missing: it is known to lie elsewhere. */
  readonly isElsewhere?: (path: string) => boolean
}

/**
 * @returns how many files were written, durably
 * @throws MissingTileError where a tile of the tree is not there
 */
export const copyTiles = async (
  from: string,
  to: string,
  { size, minimum = 0, isElsewhere = () => false }: CopyTiles,
): Promise<number> => {
  const tiles = directoryTiles(from)
  let batch: Array<{ readonly path: string; readonly bytes: Uint8Array }> = []
  let written = 0
  const flush = async (): Promise<void> => {
    await writeAllDurable(to, batch)
    written += batch.length
    batch = []
  }
  for (const tile of tilesOf(size, minimum)) {
    const path = tilePath(tile)
    const bytes = await tiles.read(tile)
    if (bytes === null && isElsewhere(path)) continue
    if (bytes === null) throw new MissingTileError(tile)
    batch.push({ path, bytes: cut(tile, bytes) })
    if (batch.length === AT_ONCE) await flush()
  }
  await flush()
  return written
}
