/**
 * A log's directory, laid out as C2SP tlog-tiles serves it: `checkpoint`, `tile/<L>/...`, `tile/entries/...`. Any static
 * file server makes it a public log.
 */
import { join } from "node:path"
import { Frontier } from "../compact.ts"
import { HASH_BYTES, type Hash } from "../hash.ts"
import { TileBuilder } from "../tile/builder.ts"
import { decodeEntries } from "../tile/bundle.ts"
import { MissingTileError, type TileReader } from "../tile/nodes.ts"
import { nodesAt, TILE_WIDTH, type TileId, tilePath, widthAt } from "../tile/path.ts"
import { readOptional, writeDurable } from "./files.ts"

/** The directory of one partition's log below the data directory. */
export const logDirectory = (dataDirectory: string, partition: number): string =>
  join(dataDirectory, "tlog", `p${String(partition).padStart(3, "0")}`)

/** Null also where a tile of hashes has another length than its own: other clients of the log would refuse it. */
const readTile = async (directory: string, tile: TileId): Promise<Uint8Array | null> => {
  const bytes = await readOptional(join(directory, tilePath(tile)))
  return tile.level !== "entries" && bytes?.length !== tile.width * HASH_BYTES ? null : bytes
}

/** Reads tiles from files. A partial tile that is gone is answered from the full one, as the specification lets a log do. */
export const directoryTiles = (directory: string): TileReader => ({
  read: async (tile) => {
    const exact = await readTile(directory, tile)
    if (exact !== null || tile.width === TILE_WIDTH) return exact
    return readTile(directory, { ...tile, width: TILE_WIDTH })
  },
})

/** The published checkpoint (a signed note, unchecked), or null. */
export const readPublished = async (directory: string): Promise<string | null> => {
  const bytes = await readOptional(join(directory, "checkpoint"))
  return bytes === null ? null : Buffer.from(bytes).toString("utf8")
}

const COSIGNED = "checkpoint.cosigned"

/** The newest checkpoint that enough witnesses cosigned (a signed note, unchecked), or null. It may be older than the published one. */
export const readCosigned = async (directory: string): Promise<string | null> => {
  const bytes = await readOptional(join(directory, COSIGNED))
  return bytes === null ? null : Buffer.from(bytes).toString("utf8")
}

/** Durable when it resolves. */
export const writeCosigned = (directory: string, note: string): Promise<void> =>
  writeDurable(join(directory, COSIGNED), Buffer.from(note))

const split = (bytes: Uint8Array, count: number): Array<Hash> =>
  Array.from({ length: count }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))

const need = async (tiles: TileReader, tile: TileId): Promise<Uint8Array> => {
  const bytes = await tiles.read(tile)
  if (bytes === null) throw new MissingTileError(tile)
  return bytes
}

/** Goes on from a directory whose tree has this compact range. Rejects with MissingTileError where a tile is not there. */
export const resumeBuilder = async (tiles: TileReader, frontier: Frontier): Promise<TileBuilder> => {
  const { size, nodes } = frontier
  const edge: Array<Array<Hash>> = []
  for (let level = 0; nodesAt(level, size) > 0; level += 1) {
    const index = Math.floor(nodesAt(level, size) / TILE_WIDTH)
    const tile = { level, index, width: widthAt(level, index, size) }
    const bytes = tile.width === 0 ? new Uint8Array(0) : await need(tiles, tile)
    if (bytes.length < tile.width * HASH_BYTES) throw new MissingTileError(tile)
    edge.push(split(bytes, tile.width))
  }
  const open = { level: "entries" as const, index: Math.floor(size / TILE_WIDTH), width: size % TILE_WIDTH }
  const entries = open.width === 0 ? [] : decodeEntries(await need(tiles, open))
  if (entries === null || entries.length < open.width) throw new MissingTileError(open)
  return new TileBuilder(new Frontier(size, nodes), edge, entries.slice(0, open.width))
}

/** One entry of the log; null where it is not there. */
export const readEntry = async (tiles: TileReader, index: number, size: number): Promise<Uint8Array | null> => {
  const tile = Math.floor(index / TILE_WIDTH)
  const width = widthAt("entries", tile, size)
  if (index < 0 || width === 0) return null
  const bytes = await tiles.read({ level: "entries", index: tile, width })
  return (bytes === null ? null : decodeEntries(bytes))?.[index % TILE_WIDTH] ?? null
}

/**
 * The entries of the log from one on, in order, a bundle at a time.
 * @param size of the tree that they are read of: the last is `size` - 1
 * @throws MissingTileError where a bundle is absent or too short
 */
export async function* entriesFrom(tiles: TileReader, from: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < size; ) {
    const index = Math.floor(at / TILE_WIDTH)
    const tile = { level: "entries" as const, index, width: widthAt("entries", index, size) }
    const entries = decodeEntries(await need(tiles, tile))
    if (entries === null || entries.length < tile.width) throw new MissingTileError(tile)
    for (const end = index * TILE_WIDTH + tile.width; at < end; at++) yield entries[at % TILE_WIDTH]!
  }
}
