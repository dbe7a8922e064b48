/**
 * A log of very many leaves as pruning leaves it: all tiles of hashes in a directory, no entries. Every block of 256 leaves holds the
 * same 256 entries, so that it is made in seconds: what a proof reads and hashes, and what lies on the disk, is that of any log.
 */
import { linkSync, mkdirSync, writeFileSync } from "node:fs"
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

/** Names that one file may have: ext4 takes 65,000. */
const MAX_LINKS = 60_000

/** The entries of all blocks, as names of a few files: the disk holds them once, and whoever reads them reads and hashes all. */
const linkEntries = (directory: string, leaves: number): void => {
  // C2SP tlog-tiles: each with its length in two bytes before it.
  const bundle = Buffer.alloc(WIDTH * (2 + ENTRY_BYTES))
  for (let nth = 0; nth < WIDTH; nth++)
    entryOf(nth).copy(bundle, bundle.writeUInt16BE(ENTRY_BYTES, nth * (2 + ENTRY_BYTES)))
  const made = new Set<string>()
  let first = ""
  for (let index = 0; index * WIDTH < leaves; index += 1) {
    const width = Math.min(WIDTH, leaves - index * WIDTH)
    const file = join(directory, tilePath({ level: "entries", index, width }))
    if (!made.has(dirname(file))) mkdirSync(dirname(file), { recursive: true })
    made.add(dirname(file))
    if (width === WIDTH && index % MAX_LINKS !== 0) {
      linkSync(first, file)
      continue
    }
    writeFileSync(file, bundle.subarray(0, width * (ENTRY_BYTES + 2)))
    if (width === WIDTH) first = file
  }
}

/**
 * Nothing is synced: what is measured later is reading.
 * @param onTiles called with how many leaves have theirs
 * @param withEntries whether the entries are there too
 */
export const growLarge = async (
  directory: string,
  leaves: number,
  signer: LogSigner,
  onTiles: (count: number) => void,
  withEntries = false,
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
  if (withEntries) linkEntries(directory, leaves)
  const root = await rootAt(nodesOf(directoryTiles(directory), leaves), leaves)
  const checkpoint = await signCheckpoint({ origin: ORIGIN, size: leaves, root }, signer)
  writeFileSync(join(directory, "checkpoint"), checkpoint)
  return { checkpoint, hashBytes, hashFiles, entryBytes: leaves * (ENTRY_BYTES + 2) }
}
