/**
 * Symbolic links are named and not followed: neither in the place of a file (O_NOFOLLOW) nor of a directory that is ours, so
 * that nobody can have something elsewhere read or written in its place.
 */
import { constants } from "node:fs"
import { type FileHandle, lstat, open } from "node:fs/promises"
import { dirname } from "node:path"

/** The path is a symbolic link, or not what belongs there. */
export class LinkedFileError extends Error {
  readonly _tag = "LinkedFileError"
  override readonly name = "LinkedFileError"
}

/** @returns what is to be thrown for a failed open with O_NOFOLLOW */
export const linkProblem = (path: string, cause: unknown): unknown =>
  (cause as NodeJS.ErrnoException).code === "ELOOP"
    ? new LinkedFileError(`${path} is a symbolic link: put the file itself there`, { cause })
    : cause

/** As `open` of node:fs/promises. @throws LinkedFileError where the last part of the path is a link, or no file: a pipe would never end */
export const openUnlinked = async (path: string, flags: number, mode?: number): Promise<FileHandle> => {
  let handle: FileHandle
  try {
    handle = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode)
  } catch (cause) {
    throw linkProblem(path, cause)
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new LinkedFileError(`${path} is no file: put the file itself there`)
}

/**
 * Looks at `path` and the directories above it, up to `top`; what is not there is no link.
 * @throws LinkedFileError
 */
export const refuseLinkedDirectories = async (path: string, top: string): Promise<void> => {
  for (let at = path; ; at = dirname(at)) {
    const found = await lstat(at).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return null
      throw cause
    })
    if (found?.isSymbolicLink()) throw new LinkedFileError(`${at} is a symbolic link: put the directory itself there`)
    if (at.length <= top.length) return
  }
}
