/**
 * Symbolic links within a data directory: they are named and not followed, so that nobody can have a file elsewhere read or
 * written in the place of ours. The data directory itself may be one: that is its owner's choice.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs"
import { DataDirError } from "../errors.ts"

const linked = (path: string, cause?: unknown): DataDirError =>
  new DataDirError(
    `${path} is a symbolic link, which is not followed within a data directory: put what it stands for there itself`,
    { cause },
  )

/**
 * For what a library opens by its path: call it before and after. A link that is put there in between, by somebody who may
 * write to the directory, and taken away again is not seen.
 * @throws DataDirError where one of them is a link; what is not there is none
 */
export const refuseLinks = (...paths: ReadonlyArray<string>): void => {
  for (const path of paths) if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw linked(path)
}

/** As `openSync`. @throws DataDirError where the last part of the path is a link, or no file: a pipe would never end */
export const openUnlinked = (path: string, flags: number, mode?: number): number => {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode)
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === "ELOOP" ? linked(path, cause) : cause
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw new DataDirError(`${path} is no file: put the file itself there`)
}
