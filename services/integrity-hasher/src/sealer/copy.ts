/**
 * Copies what is sealed of one partition, while the sealer goes on: as of a row of the sealer that lies before, with the tiles
 * of exactly its tree and its checkpoint. Salts may be ahead of it, which does no harm, unless one of them was erased meanwhile.
 */
import { copyFile, cp, readdir } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import type { Log } from "@assay/log"
import { MissingTileError, NoteError, readCheckpoint } from "@assay/transparency"
import { type Pruned, readPruned, writePruned } from "@assay/transparency/archive"
import {
  copyTiles,
  logDirectory,
  makeDirectory,
  readCosigned,
  readSuccession,
  writeCosigned,
  writeDurable,
  writeSuccession,
} from "@assay/transparency/storage"
import { decodeRow, ROW_CELL } from "./log-row.ts"
import { saltsOf, saltsPath } from "./salts.ts"
import { Staging } from "./staging.ts"

/** A witness may have cosigned what is sealed beyond the row. */
const sizeOf = (note: string): number => {
  try {
    return readCheckpoint(note).size
  } catch (cause) {
    if (cause instanceof NoteError) return Number.POSITIVE_INFINITY
    throw cause
  }
}

/** Copies the file of salts; a partition of which nothing was sealed has none. */
export const copySaltsTo = async (dir: string, target: string, partition: number): Promise<void> => {
  const to = saltsOf(target, partition, 0)
  await makeDirectory(dirname(to))
  await copyFile(saltsPath(dir, partition), to).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause
  })
}

/** Old entries are pruned now and then, by a process that asks nobody: then the copy is made again. */
const copyWhatIsLeft = async (
  from: string,
  to: string,
  size: number,
  isElsewhere: (path: string) => boolean,
): Promise<Pruned | null> => {
  for (;;) {
    const pruned = await readPruned(from)
    const minimum = pruned?.minimum ?? 0
    try {
      await copyTiles(from, to, { size, minimum, isElsewhere })
      return pruned
    } catch (cause) {
      const isMeanwhile = ((await readPruned(from))?.minimum ?? 0) > minimum
      if (!(cause instanceof MissingTileError && isMeanwhile)) throw cause
    }
  }
}

/** The logs that this one goes on after: nothing of them changes any more. */
const copyOlder = async (from: string, to: string, name: string): Promise<void> => {
  for (const entry of await readdir(from))
    if (entry.startsWith(`${name}.`) && /\.\d+$/.test(entry))
      await cp(join(from, entry), join(to, entry), { recursive: true })
}

/**
 * @param cells of the log as of a moment before this call: its row says what is copied
 * @returns the leaves that are copied
 * @throws MissingTileError where the directory lacks a tile of the row's tree
 */
export const copySealed = async (
  { cells }: Pick<Log, "cells">,
  dir: string,
  target: string,
  partition: number,
): Promise<number> => {
  const { row } = decodeRow(await cells.get(partition, ROW_CELL))
  if (row === null) return 0
  const [from, to] = [logDirectory(dir, partition), logDirectory(target, partition)]
  // Before the tiles: what is not staged any more is applied by now.
  const staged = await new Staging(join(from, "staging"), "tmp").read(row.size, row.root)
  if (staged !== null) await new Staging(join(to, "staging"), "tmp").write(row.size, row.root, staged)
  const inStaging = new Set((staged ?? []).map(({ path }) => path))
  const pruned = await copyWhatIsLeft(from, to, row.size, (path) => inStaging.has(path))
  if (pruned !== null) await writePruned(to, pruned)
  await writeDurable(join(to, "checkpoint"), Buffer.from(row.note))
  const succession = await readSuccession(from)
  if (succession !== null) await writeSuccession(to, succession)
  await copyOlder(dirname(from), dirname(to), basename(from))
  const cosigned = await readCosigned(from)
  if (cosigned !== null && sizeOf(cosigned) <= row.size) await writeCosigned(to, cosigned)
  return row.size
}
