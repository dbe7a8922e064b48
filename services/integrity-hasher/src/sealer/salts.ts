/**
 * The file of salts that counts. It is written in place, and files know no fencing: so each holder of the lease has a file of
 * its own, `pNNN.<term>`, a copy of the one before, and the sealer's row says whose counts. A process that slept writes on in
 * a file that nobody reads. Without a lease (embedded) it is `pNNN`, which is term 0.
 */
import { constants, readdirSync } from "node:fs"
import { copyFile, open, readdir, rename } from "node:fs/promises"
import { dirname, join } from "node:path"
import { makeDirectory, removeFile, syncDirectory } from "@assay/transparency/storage"
import { SealerError } from "./error.ts"

const nameOf = (partition: number, term: number): string =>
  `p${String(partition).padStart(3, "0")}${term === 0 ? "" : `.${term}`}`

/** The file of one holder. */
export const saltsOf = (dir: string, partition: number, term: number): string =>
  join(dir, "salts", nameOf(partition, term))

/** Of a name in the directory; null where it is no file of this partition. */
const termOf = (name: string, partition: number): number | null => {
  const own = nameOf(partition, 0)
  if (name === own) return 0
  const [, term] = name.startsWith(`${own}.`) ? (/^p\d+\.([1-9]\d{0,15})$/.exec(name) ?? []) : []
  return term === undefined ? null : Number(term)
}

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return []
    throw cause
  }
}

const newestTerm = (dir: string, partition: number, upTo: number): number =>
  namesIn(join(dir, "salts"))
    .map((name) => termOf(name, partition) ?? -1)
    .filter((term) => term <= upTo)
    .reduce((a, b) => Math.max(a, b), 0)

/** The newest file of a partition, which readers take. A file of a lower term is one that nobody writes to any more. */
export const saltsPath = (dir: string, partition: number): string =>
  saltsOf(dir, partition, newestTerm(dir, partition, Number.MAX_SAFE_INTEGER))

/** A copy of the file of term `from`, whole or not at all, and durable. Nothing where there was none yet. */
export const copySalts = async (dir: string, partition: number, from: number, to: number): Promise<void> => {
  if (to <= from) throw new SealerError("fenced", `the log was sealed by a later holder, of term ${from}`)
  // A directory that was away while others sealed with a copy of it has an older file; its tiles then show that it lags.
  const source = saltsOf(dir, partition, newestTerm(dir, partition, from))
  const path = saltsOf(dir, partition, to)
  const temporary = `${path}.tmp`
  await makeDirectory(dirname(path))
  await removeFile(temporary)
  try {
    await copyFile(source, temporary, constants.COPYFILE_EXCL)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return
    throw cause
  }
  const handle = await open(temporary, "r+")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

/** Removes what former holders left: from then on an erased key is in no file that this partition has. */
export const removeFormerSalts = async (dir: string, partition: number, term: number): Promise<void> => {
  for (const name of await readdir(join(dir, "salts"))) {
    const of = termOf(name.replace(/\.tmp$/, ""), partition)
    if (of !== null && of < term) await removeFile(join(dir, "salts", name))
  }
}
