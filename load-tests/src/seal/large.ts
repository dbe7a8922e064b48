/**
 * A log of very many leaves as pruning leaves it: all tiles of hashes in a directory, no entries. Every block of 256 leaves holds the
 * same 256 entries, so that it is made in seconds: what a proof reads and hashes, and what lies on the disk, is that of any log.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import {
  type Hash,
  type LogSigner,
  leafHash,
  nodesOf,
  rootAt,
  rootOf,
  signCheckpoint,
  tilePath,
} from "@assay/transparency"
import { directoryTiles } from "@assay/transparency/storage"

export const ORIGIN = "bench.example/log"
/** Of a leaf of a decision. */
export const ENTRY_BYTES = 130
const WIDTH = 256

export const entryOf = (nth: number): Buffer => {
  const entry = Buffer.alloc(ENTRY_BYTES, "an entry of a log ")
  entry[0] = nth % WIDTH
  return entry
}

export interface Grown {
  readonly checkpoint: string
  /** Of the files of hashes that are there, and of those of entries that are not. */
  readonly hashBytes: number
  readonly hashFiles: number
  readonly entryBytes: number
}

/** Nothing is synced: what is measured later is reading. @param onTiles called with how many leaves have theirs */
export const growLarge = async (
  directory: string,
  leaves: number,
  signer: LogSigner,
  onTiles: (count: number) => void,
): Promise<Grown> => {
  const made = new Set<string>()
  let [hashBytes, hashFiles] = [0, 0]
  const write = (level: number, index: number, bytes: Uint8Array): void => {
    const file = join(directory, tilePath({ level, index, width: bytes.length / 32 }))
    if (!made.has(dirname(file))) mkdirSync(dirname(file), { recursive: true })
    made.add(dirname(file))
    writeFileSync(file, bytes)
    hashBytes += bytes.length
    hashFiles += 1
  }
  let nodes: ReadonlyArray<Hash> = Array.from({ length: WIDTH }, (_, nth) => leafHash(entryOf(nth)))
  for (let level = 0; Math.floor(leaves / WIDTH ** level) > 0; level += 1) {
    const count = Math.floor(leaves / WIDTH ** level)
    const tile = Buffer.concat(nodes)
    for (let index = 0; (index + 1) * WIDTH <= count; index += 1) {
      write(level, index, tile)
      if (level === 0 && (index + 1) % 65_536 === 0) onTiles((index + 1) * WIDTH)
    }
    if (count % WIDTH > 0) write(level, Math.floor(count / WIDTH), tile.subarray(0, (count % WIDTH) * 32))
    // All subtrees of one height are alike.
    const above = rootOf(nodes)
    nodes = Array.from({ length: WIDTH }, () => above)
  }
  const root = await rootAt(nodesOf(directoryTiles(directory), leaves), leaves)
  const checkpoint = await signCheckpoint({ origin: ORIGIN, size: leaves, root }, signer)
  writeFileSync(join(directory, "checkpoint"), checkpoint)
  return { checkpoint, hashBytes, hashFiles, entryBytes: leaves * (ENTRY_BYTES + 2) }
}
