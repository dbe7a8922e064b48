/**
 * Durable files: what these functions resolved survives loss of power, whole or not at all. Their owner alone reads them, and
 * no symbolic link is followed (`links.ts`).
 */
import { constants } from "node:fs"
import { type FileHandle, mkdir, open, rename, unlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import { LinkedFileError, openUnlinked, refuseLinkedDirectories } from "./links.ts"

/** Whether an operation failed because there is no such file. */
const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT"

/** The open file, or null where there is none. @throws LinkedFileError; what the file system says otherwise */
export const openOptional = async (path: string, flags: number): Promise<FileHandle | null> => {
  try {
    return await openUnlinked(path, flags)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** A bundle of 256 entries has 16.8 MB, the largest of all that is published. */
const MAX_BYTES = 32 << 20

/**
 * The file's bytes, or null where there is none. Other failures reject, LinkedFileError among them: they are not absence.
 * @param maxBytes a larger file is none of ours
 */
export const readOptional = async (path: string, maxBytes = MAX_BYTES): Promise<Uint8Array | null> => {
  const handle = await openOptional(path, constants.O_RDONLY)
  if (handle === null) return null
  try {
    const { size } = await handle.stat()
    if (size > maxBytes)
      throw new LinkedFileError(
        `${path} has ${size} bytes, more than anything that belongs there: put the file itself there`,
      )
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** A new name in a directory is durable only when the directory is. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const REPLACE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC

/** What follows the name of a file while it is written. */
export const TEMPORARY = "tmp"

const OWN = 0o600

const writeSynced = async (path: string, bytes: Uint8Array, temporaryName: string, mode = OWN): Promise<void> => {
  const temporary = `${path}.${temporaryName}`
  const handle = await openUnlinked(temporary, REPLACE, mode)
  try {
    await handle.writeFile(bytes)
    await handle.datasync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}

/**
 * Makes a directory and the names of its new parents durable.
 * @param top the highest directory that must not be a link; what lies above is not ours to judge
 * @throws LinkedFileError
 */
export const makeDirectory = async (path: string, top = path): Promise<void> => {
  await refuseLinkedDirectories(path, top)
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  await refuseLinkedDirectories(path, top)
  if (first === undefined) return
  for (let at = path; at.length >= first.length; at = dirname(at)) await syncDirectory(dirname(at))
}

/**
 * Replaces or creates one file.
 * @param temporary what follows its name while it is written; of one's own where two processes may write the file at once
 * @param mode who may read it; its owner alone, unless it is published
 */
export const writeDurable = async (
  path: string,
  bytes: Uint8Array,
  temporary = TEMPORARY,
  mode = OWN,
): Promise<void> => {
  await makeDirectory(dirname(path))
  await writeSynced(path, bytes, temporary, mode)
  await syncDirectory(dirname(path))
}

const PARALLEL = 16

/** Writes many files, each whole or not at all; durable when all are written. @param temporary as of `writeDurable` */
export const writeAllDurable = async (
  root: string,
  files: ReadonlyArray<{ readonly path: string; readonly bytes: Uint8Array }>,
  temporary = TEMPORARY,
): Promise<void> => {
  const directories = new Set(files.map((file) => dirname(join(root, file.path))))
  for (const directory of directories) await makeDirectory(directory, root)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < files.length) {
      const file = files[next++]!
      await writeSynced(join(root, file.path), file.bytes, temporary)
    }
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL, files.length) }, work))
  for (const directory of directories) await syncDirectory(directory)
}

/** Removes a file; its absence is fine. Not durable: a removal that a crash undoes must do no harm. */
export const removeFile = async (path: string): Promise<void> => {
  try {
    await unlink(path)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}
