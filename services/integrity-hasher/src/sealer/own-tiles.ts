/** The tiles of one log on disk: what was staged is applied, and what is there is held against the sealer's row. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { equalHash, Frontier, MissingTileError, nodesOf, rootAt, TileBuilder, type TileFile } from "@assay/transparency"
import { directoryTiles, readPublished, resumeBuilder, writeAllDurable } from "@assay/transparency/storage"
import { SealerError } from "./error.ts"
import type { Row } from "./log-row.ts"
import type { Staging } from "./staging.ts"

const FULL_TILE = /^tile\/[^.]+$/

/** A full tile makes its partial ones superfluous (C2SP tlog-tiles lets a log drop them). */
export const applyTiles = async (
  directory: string,
  files: ReadonlyArray<TileFile>,
  temporary: string,
): Promise<void> => {
  await writeAllDurable(directory, files, temporary)
  for (const { path } of files) {
    if (FULL_TILE.test(path)) await rm(join(directory, `${path}.p`), { recursive: true, force: true })
  }
}

/** The builder as of the row; its right edge is compared with the root that the row vouches for. */
const rebuilt = async (directory: string, row: Row): Promise<TileBuilder> => {
  const tiles = directoryTiles(directory)
  try {
    const builder = await resumeBuilder(tiles, new Frontier(row.size, row.frontier))
    const edge = await rootAt(nodesOf(tiles, row.size), row.size)
    if (equalHash(edge, row.root) && builder.isWhole()) return builder
  } catch (cause) {
    if (!(cause instanceof MissingTileError)) throw cause
    throw new SealerError("diverged", `${directory}: ${cause.message}`)
  }
  throw new SealerError("diverged", `the tiles of ${directory} are not those of the sealer's row`)
}

/** The builder over the row's own tiles. @throws SealerError where the directory is not the row's */
export const ownTiles = async (
  directory: string,
  staging: Staging,
  row: Row | null,
  temporary: string,
): Promise<TileBuilder> => {
  if (row === null) {
    if ((await readPublished(directory)) === null) return new TileBuilder()
    throw new SealerError("diverged", `${directory} holds a log of its own, but nothing of this stream was sealed yet`)
  }
  const staged = await staging.read(row.size, row.root)
  if (staged !== null) await applyTiles(directory, staged, temporary)
  return rebuilt(directory, row)
}
