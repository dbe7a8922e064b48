/**
 * Takes old entries out of a log's directory, once they are in an archive. All tiles of hashes stay.
 *
 * For each step of bundles: compared with the tiles, whose root the log's key signed > in the archive, durable, read again >
 * `pruned.json` says so, durable > files removed. At the end it says that they are gone for good, and the next call begins there. So a
 * crash at any point leaves every entry in the directory, in the archive, or in both; whoever calls it again goes on. It may run
 * beside a process that seals: that one writes at the end of the log alone.
 */
import { unlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { TreeHead } from "../../checkpoint.ts"
import { rootOf } from "../../compact.ts"
import { equalHash, leafHash } from "../../hash.ts"
import { decodeEntries } from "../../tile/bundle.ts"
import { TILE_WIDTH, tilePath } from "../../tile/path.ts"
import { directoryTiles } from "../directory.ts"
import { readOptional, syncDirectory } from "../files.ts"
import type { Archive, Bundle } from "./archive.ts"
import { blockOf, refuseUnsignedBlocks } from "./blocks.ts"
import { ArchiveError } from "./error.ts"
import { readPruned, writePruned } from "./pruned.ts"
import type { Retention } from "./retention.ts"

/** What has just become true of a step of bundles. */
export type PruneStep = "archived" | "stated" | "removed"

export interface PruneOptions {
  readonly directory: string
  readonly archive: Archive
  readonly retention: Retention
  /** The published checkpoint, which the caller has opened with the log's key. */
  readonly head: TreeHead
  readonly note: string
  /** Entries from here on stay; the smallest of what retention, witnesses and anchors allow. */
  readonly below: number
  /** Called after each step; a test crashes in it. */
  readonly onStep?: (step: PruneStep, minimum: number) => void
}

export interface PruneDone {
  /** The first entry that the directory still has. */
  readonly minimum: number
  readonly bundles: number
  /** Of the files that were removed. */
  readonly bytes: number
}

/** Of one step: some 3 MB of entries. */
const BUNDLES = 64

const fileOf = (directory: string, index: number): string =>
  join(directory, tilePath({ level: "entries", index, width: TILE_WIDTH }))

/** A bundle that the signed tree holds; null where its file is gone. @throws ArchiveError `differs`, MissingTileError */
const provenBundle = async (directory: string, index: number, size: number): Promise<Bundle | null> => {
  const bytes = await readOptional(fileOf(directory, index))
  if (bytes === null) return null
  const { leaves, root } = await blockOf(directoryTiles(directory), index, size)
  const hashes = decodeEntries(bytes)?.map(leafHash) ?? []
  const isTiles = hashes.length === TILE_WIDTH && hashes.every((hash, i) => equalHash(hash, leaves[i]!))
  if (!isTiles || !equalHash(rootOf(hashes), root))
    throw new ArchiveError(
      "differs",
      `${fileOf(directory, index)} does not hold the entries that the tiles stand for: nothing of it is pruned, run assay verify`,
    )
  return { index, root, bytes }
}

/** The files are gone also where a loss of power comes next; then the next call need not look for them. */
const endRemoval = async ({ directory, head, retention }: PruneOptions, first: number, end: number): Promise<void> => {
  const directories = new Set<string>()
  for (let index = first; index < end; index += 1) directories.add(dirname(fileOf(directory, index)))
  for (const each of directories) await syncDirectory(each)
  const place = end * TILE_WIDTH
  await writePruned(directory, { log: head.origin, minimum: place, removed: place, retention })
}

/**
 * @throws ArchiveError; MissingTileError where a tile of hashes is not there; what the file systems say. Whatever was removed by then
 *   is in the archive
 */
export const prune = async (options: PruneOptions): Promise<PruneDone> => {
  const { directory, archive, retention, head, note, onStep } = options
  const before = await readPruned(directory)
  if (before !== null && before.log !== head.origin)
    throw new ArchiveError("other-log", `pruned.json of ${directory} is of ${before.log}, not of ${head.origin}`)
  const minimum = before?.minimum ?? 0
  const first = (before?.removed ?? 0) / TILE_WIDTH
  await refuseUnsignedBlocks(directoryTiles(directory), head, first)
  const end = Math.max(minimum / TILE_WIDTH, Math.floor(Math.min(options.below, head.size) / TILE_WIDTH))
  let [bundles, bytes] = [0, 0]
  for (let from = first; from < end; from += BUNDLES) {
    const step: Array<Bundle> = []
    const to = Math.min(end, from + BUNDLES)
    for (let index = from; index < to; index += 1) {
      const bundle = await provenBundle(directory, index, head.size)
      if (bundle !== null) step.push(bundle)
      else if (index >= minimum / TILE_WIDTH)
        throw new ArchiveError(
          "differs",
          `${fileOf(directory, index)} is not there, and was not pruned: run assay verify`,
        )
    }
    if (step.length === 0) continue
    await archive.put(step, note)
    onStep?.("archived", minimum)
    const stated = Math.max(minimum, to * TILE_WIDTH)
    await writePruned(directory, { log: head.origin, minimum: stated, removed: first * TILE_WIDTH, retention })
    onStep?.("stated", stated)
    for (const bundle of step) {
      await unlink(fileOf(directory, bundle.index))
      bundles += 1
      bytes += bundle.bytes.length
    }
    onStep?.("removed", stated)
  }
  if (first < end) await endRemoval(options, first, end)
  return { minimum: end * TILE_WIDTH, bundles, bytes }
}
