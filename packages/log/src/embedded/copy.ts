/** A copy of a data directory's log while its writer goes on: each partition as of one transaction, whole and durable. */
import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync } from "node:fs"
import { join } from "node:path"
import { DataDirError } from "../errors.ts"
import { type Meta, partitionDir, readMeta, syncDir } from "./datadir.ts"
import { Environment } from "./environment.ts"
import { openApart } from "./opening-lock.ts"

const sync = (path: string): void => {
  const fd = openSync(path, "r")
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Copies streams, positions and cells of every partition; free pages are left out. Partitions are copied one after the other,
 * each as of its own moment: they share nothing but the entries that were appended to all of them.
 * @param target is made, and must not hold a log
 * @returns what the directory holds
 * @throws DataDirError where there is no log, or the target has one
 */
export const copyEmbedded = async (dir: string, target: string): Promise<Meta> => {
  const meta = readMeta(dir)
  if (meta === null) throw new DataDirError(`${dir} holds no log`)
  mkdirSync(target, { recursive: true, mode: 0o700 })
  if (readMeta(target) !== null) throw new DataDirError(`${target} holds a log already: choose an empty directory`)
  for (let partition = 0; partition < meta.partitions; partition++) {
    const [from, to] = [partitionDir(dir, partition), partitionDir(target, partition)]
    mkdirSync(to, { mode: 0o700 })
    const environment = await openApart(from, () => new Environment(from, "read"))
    try {
      await environment.copyTo(to)
    } finally {
      await environment.close()
    }
    sync(join(to, "data.mdb"))
    syncDir(to)
  }
  // Last: a copy that was cut short is no log.
  copyFileSync(join(dir, "assay.json"), join(target, "assay.json"))
  sync(join(target, "assay.json"))
  syncDir(target)
  return meta
}
