/**
 * Small files of keys in a directory that others may write to: opened without following a symbolic link in the last part of
 * the path (O_NOFOLLOW), so that nobody can have another file read or overwritten in their place.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { LinkedFileError, linkProblem } from "./links.ts"

const MAX_BYTES = 1 << 20

const opened = (path: string, flags: number, mode?: number): number => {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW, mode)
  } catch (cause) {
    throw linkProblem(path, cause)
  }
  const stat = fstatSync(fd)
  if (stat.isFile() && stat.size <= MAX_BYTES) return fd
  closeSync(fd)
  throw new LinkedFileError(`${path} is not a small file`)
}

/** @throws LinkedFileError; what the file system says otherwise, such as ENOENT */
export const readKeyFile = (path: string): string => {
  const fd = opened(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return readFileSync(fd, "utf8")
  } finally {
    closeSync(fd)
  }
}

/**
 * Creates or replaces the content; durable when it returns.
 * @param mode of a file that is created
 * @throws LinkedFileError; what the file system says otherwise
 */
export const writeKeyFile = (path: string, content: string, mode: number): void => {
  const fd = opened(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, mode)
  try {
    writeFileSync(fd, content, { flush: true })
  } finally {
    closeSync(fd)
  }
}

/** @throws LinkedFileError; EEXIST where something is there already */
export const createKeyFile = (path: string, content: string, mode: number): void => {
  const fd = opened(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
  try {
    writeFileSync(fd, content, { flush: true })
  } finally {
    closeSync(fd)
  }
}
