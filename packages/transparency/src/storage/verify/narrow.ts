/**
 * Which leaf was changed, where event, entry and leaf hash were changed together, so that they agree with each other and
 * only what was signed does not fit. The tree keeps one hash for 256 leaves above the leaf's own (the tiles of level 1), so
 * what is left to tell by is: those hashes, the checkpoints signed on the way, and older partial tiles with the leaf hashes
 * of their time. Each is believed only as far as it makes a root that was signed.
 */
import type { TreeHead } from "../../checkpoint.ts"
import { rootOf } from "../../compact.ts"
import { equalHash, HASH_BYTES } from "../../hash.ts"
import { rootAt } from "../../proof/build.ts"
import { MissingTileError, nodesOf, type TileReader } from "../../tile/nodes.ts"
import { TILE_HEIGHT, TILE_WIDTH, widthAt } from "../../tile/path.ts"

/** Leaves from `from` to `to`, both included; at least one of them was changed. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface Narrowed extends Range {
  /** The changed leaves, where they could be distinguished; at most `MAX_LEAVES`. */
  readonly leaves: ReadonlyArray<number>
}

const MAX_LEAVES = 100

const meets = (a: Range, b: Range): Range | null => {
  const from = Math.max(a.from, b.from)
  const to = Math.min(a.to, b.to)
  return from > to ? null : { from, to }
}

const hasRoot = async (tiles: TileReader, head: TreeHead): Promise<boolean> => {
  try {
    return equalHash(await rootAt(nodesOf(tiles, head.size), head.size), head.root)
  } catch (cause) {
    if (cause instanceof MissingTileError) return false
    throw cause
  }
}

/** Whether the stored upper tiles over a whole block, of which the leaves below are not, make the signed root. */
const upperTilesAreSigned = async (tiles: TileReader, head: TreeHead, block: number): Promise<boolean> => {
  if (!(await hasRoot(tiles, head))) return false
  const nodes = nodesOf(tiles, head.size)
  // Upwards from the tile that holds the block's hash: each whole tile must be what the tile above says of it.
  for (let level = 1, index = Math.floor(block / TILE_WIDTH); ; level += 1, index = Math.floor(index / TILE_WIDTH)) {
    if (widthAt(level, index, head.size) < TILE_WIDTH) return true
    const tile = await tiles.read({ level, index, width: TILE_WIDTH })
    if (tile === null || tile.length < TILE_WIDTH * HASH_BYTES) return false
    const hashes = Array.from({ length: TILE_WIDTH }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    if (!equalHash(rootOf(hashes), await nodes(TILE_HEIGHT * (level + 1), index))) return false
  }
}

/** The same tiles, but for the leaf hashes of one block. */
const withBlock = (tiles: TileReader, block: number, bytes: Uint8Array): TileReader => ({
  read: async (tile) => (tile.level === 0 && tile.index === block ? bytes : tiles.read(tile)),
})

/** The leaves of a block whose hashes differ from those of an older partial tile that makes a root signed in its time. */
const differingFrom = async (
  tiles: TileReader,
  block: number,
  size: number,
  mark: TreeHead,
): Promise<ReadonlyArray<number>> => {
  const width = mark.size - block * TILE_WIDTH
  const old = await tiles.read({ level: 0, index: block, width })
  const now = await tiles.read({ level: 0, index: block, width: widthAt(0, block, size) })
  return old === null || now === null || !(await hasRoot(withBlock(tiles, block, old), mark))
    ? []
    : differences(old, now, width).map((place) => block * TILE_WIDTH + place)
}

const differences = (a: Uint8Array, b: Uint8Array, width: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let i = 0; i < width && found.length < MAX_LEAVES; i += 1) {
    const [from, to] = [i * HASH_BYTES, (i + 1) * HASH_BYTES]
    if (!equalHash(a.subarray(from, to), b.subarray(from, to))) found.push(i)
  }
  return found
}

/**
 * @param range what the signed checkpoints tell
 * @param marks signed heads
 * @param badBlocks numbers of the blocks of 256 leaves that are not what their stored hash says
 */
export const narrow = async (
  tiles: TileReader,
  head: TreeHead,
  range: Range,
  marks: AsyncIterable<TreeHead>,
  badBlocks: ReadonlyArray<number>,
): Promise<Narrowed> => {
  const block = badBlocks[0]
  const within =
    block !== undefined && (await upperTilesAreSigned(tiles, head, block))
      ? (meets(range, { from: block * TILE_WIDTH, to: (block + 1) * TILE_WIDTH - 1 }) ?? range)
      : range
  const last = Math.floor(within.to / TILE_WIDTH)
  for await (const mark of marks) {
    if (mark.size > head.size || mark.size <= within.from || Math.floor((mark.size - 1) / TILE_WIDTH) !== last) continue
    const leaves = await differingFrom(tiles, last, head.size, mark)
    if (leaves.length > 0) return { from: leaves[0]!, to: leaves.at(-1)!, leaves }
  }
  return { ...within, leaves: within.from === within.to ? [within.from] : [] }
}
