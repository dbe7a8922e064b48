/**
 * Brings archived entries back into a log's directory, and says whether the archive has them. Each bundle is compared with the tiles,
 * whose root the log's key signed, before it is written; `pruned.json` changes last, so whoever is stopped calls it again.
 */
import type { TreeHead } from "../../checkpoint.ts"
import { equalHash } from "../../hash.ts"
import { TILE_WIDTH, tilePath } from "../../tile/path.ts"
import { directoryTiles } from "../directory.ts"
import { writeAllDurable } from "../files.ts"
import { type Archive, rootOfBundle } from "./archive.ts"
import { blockOf, refuseUnsignedBlocks } from "./blocks.ts"
import { ArchiveError } from "./error.ts"
import { readPruned, writePruned } from "./pruned.ts"

export interface ArchivedOptions {
  readonly directory: string
  readonly archive: Archive
  /** The published checkpoint, which the caller has opened with the log's key. */
  readonly head: TreeHead
}

export interface Restored {
  /** The first entry that the directory has now. */
  readonly minimum: number
  readonly bundles: number
}

const BUNDLES = 64

/**
 * @param from the first entry to bring back; the bundle that holds it comes as a whole
 * @throws ArchiveError `not-archived` names the first file that is missing or holds other entries; MissingTileError
 */
export const restore = async (
  { directory, archive, head }: ArchivedOptions,
  from: number,
  onStep?: () => void,
): Promise<Restored> => {
  const pruned = await readPruned(directory)
  if (pruned === null) return { minimum: 0, bundles: 0 }
  const tiles = directoryTiles(directory)
  const first = Math.min(Math.floor(from / TILE_WIDTH), pruned.minimum / TILE_WIDTH)
  await refuseUnsignedBlocks(tiles, head, first)
  let bundles = 0
  // From the newest to the oldest: what is back by then is one piece with what is kept.
  for (let end = pruned.minimum / TILE_WIDTH; end > first; end -= BUNDLES) {
    const start = Math.max(first, end - BUNDLES)
    const files: Array<{ path: string; bytes: Uint8Array }> = []
    for (let index = start; index < end; index += 1) {
      const { root } = await blockOf(tiles, index, head.size)
      const path = tilePath({ level: "entries", index, width: TILE_WIDTH })
      const there = await tiles.read({ level: "entries", index, width: TILE_WIDTH })
      const found = there === null ? null : rootOfBundle(there)
      if (found !== null && equalHash(found, root)) continue
      const bytes = await archive.read(index, root)
      if (bytes === null)
        throw new ArchiveError("not-archived", `${archive.pathOf(index, root)} is missing or holds other entries`)
      files.push({ path, bytes })
    }
    await writeAllDurable(directory, files)
    bundles += files.length
    const minimum = start * TILE_WIDTH
    await writePruned(directory, { ...pruned, minimum, removed: Math.min(pruned.removed, minimum) })
    onStep?.()
  }
  return { minimum: first * TILE_WIDTH, bundles }
}

export interface ArchiveReport {
  /** Bundles of 256 entries that were pruned, and how many of them the archive has, each compared with the tiles. */
  readonly pruned: number
  readonly archived: number
  /** Files that are missing or hold other entries; at most 20. */
  readonly missing: ReadonlyArray<string>
}

const MAX_NAMED = 20

/** Whether the archive has all that was pruned. @throws ArchiveError `differs`, MissingTileError */
export const checkArchive = async ({ directory, archive, head }: ArchivedOptions): Promise<ArchiveReport> => {
  const tiles = directoryTiles(directory)
  await refuseUnsignedBlocks(tiles, head)
  const pruned = ((await readPruned(directory))?.minimum ?? 0) / TILE_WIDTH
  const missing: Array<string> = []
  let archived = 0
  for (let index = 0; index < pruned; index += 1) {
    const { root } = await blockOf(tiles, index, head.size)
    if ((await archive.read(index, root)) !== null) archived += 1
    else if (missing.length < MAX_NAMED) missing.push(archive.pathOf(index, root))
  }
  return { pruned, archived, missing }
}
