/** Tiles of a directory, with the entries that were pruned from it out of an archive. */
import { rootOf } from "../../compact.ts"
import { HASH_BYTES } from "../../hash.ts"
import type { TileReader } from "../../tile/nodes.ts"
import { TILE_WIDTH } from "../../tile/path.ts"
import type { Archive } from "./archive.ts"

/** A bundle of the archive is given only where it holds the very entries whose hashes `tiles` has. */
export const withArchive = (tiles: TileReader, archive: Archive): TileReader => ({
  read: async (tile) => {
    const there = await tiles.read(tile)
    if (there !== null || tile.level !== "entries") return there
    const hashes = await tiles.read({ level: 0, index: tile.index, width: TILE_WIDTH })
    if (hashes === null) return null
    const leaves = Array.from({ length: TILE_WIDTH }, (_, i) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    return archive.read(tile.index, rootOf(leaves))
  },
})
