/** The blocks of 256 leaves of a log, as the hashes of its tiles say, compared with the signed root. */

import type { TreeHead } from "../../checkpoint.ts"
import { Frontier } from "../../compact.ts"
import { equalHash, HASH_BYTES, type Hash } from "../../hash.ts"
import { frontierAt } from "../../proof/build.ts"
import { MissingTileError, nodesOf, type TileReader } from "../../tile/nodes.ts"
import { nodesAt, TILE_HEIGHT, TILE_WIDTH, widthAt } from "../../tile/path.ts"
import { ArchiveError } from "./error.ts"

const hashesIn = async (
  tiles: TileReader,
  level: number,
  index: number,
  size: number,
): Promise<ReadonlyArray<Hash>> => {
  const width = widthAt(level, index, size)
  if (width === 0) return []
  const bytes = await tiles.read({ level, index, width })
  if (bytes === null || bytes.length < width * HASH_BYTES) throw new MissingTileError({ level, index, width })
  return Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
}

/**
 * Compares the roots of all whole blocks with the signed root, from a block on: of those before, what the tiles above have. They are
 * read once more from what was compared, so whoever changes tiles meanwhile is found by the block's entries.
 * @param from the first block that is of interest
 * @throws ArchiveError `differs` where they do not make the root that was signed; MissingTileError
 */
export const refuseUnsignedBlocks = async (tiles: TileReader, head: TreeHead, from = 0): Promise<void> => {
  const first = Math.floor(from / TILE_WIDTH)
  const whole = await frontierAt(nodesOf(tiles, head.size), first * TILE_WIDTH, TILE_HEIGHT)
  for (let index = first; index * TILE_WIDTH < nodesAt(1, head.size); index += 1)
    for (const root of await hashesIn(tiles, 1, index, head.size)) whole.append(root)
  const rest = new Frontier()
  if (head.size % TILE_WIDTH > 0) for (const hash of await hashesIn(tiles, 0, whole.size, head.size)) rest.append(hash)
  const root = new Frontier(head.size, [...whole.nodes, ...rest.nodes]).root()
  if (!equalHash(root, head.root))
    throw new ArchiveError("differs", `the tiles do not make the signed root of ${head.size} leaves: run assay verify`)
}

/** The leaf hashes of one whole block, and the root that the level above has of it. @throws MissingTileError */
export const blockOf = async (
  tiles: TileReader,
  block: number,
  size: number,
): Promise<{ readonly leaves: ReadonlyArray<Hash>; readonly root: Hash }> => {
  const above = await hashesIn(tiles, 1, Math.floor(block / TILE_WIDTH), size)
  return { leaves: await hashesIn(tiles, 0, block, size), root: above[block % TILE_WIDTH]! }
}
