/** Files that a call names: what is wrong with one is reported with its name and what to do, and is the caller's to correct. */
import { closeSync, openSync, readSync, writeFileSync } from "node:fs"
import { UsageError } from "./command.ts"

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "it may not be read or written by this user",
  EPERM: "it may not be read or written by this user",
  EISDIR: "it is a directory, and a file is needed",
  ENOTDIR: "a part of its path is a file, not a directory",
  EROFS: "its file system is read-only",
  ENOSPC: "the disk is full",
}

/** What the operating system said about a file, as text. */
export const fileProblem = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException
  return (code === undefined ? undefined : WORDS[code]) ?? message
}

/** A proof, which strangers send, has 32 MiB at most; an item of knowledge 4 MiB. */
const MAX_BYTES = 64 << 20
const PIECE = 64 << 10

/** Sizes say nothing of pipes and devices, so it reads until the end or the bound. */
const readBounded = (path: string | 0): Buffer => {
  const fd = path === 0 ? 0 : openSync(path, "r")
  try {
    const pieces: Array<Buffer> = []
    for (let size = 0; ; ) {
      const piece = Buffer.allocUnsafe(PIECE)
      const count = readSync(fd, piece, 0, PIECE, null)
      if (count === 0) return Buffer.concat(pieces)
      size += count
      if (size > MAX_BYTES) throw new UsageError(`has more than ${MAX_BYTES} bytes, which nothing that it could be has`)
      pieces.push(piece.subarray(0, count))
    }
  } finally {
    if (fd !== 0) closeSync(fd)
  }
}

/**
 * @param what the file's part in the call, for example `the signed bundle`
 * @throws UsageError that names the file
 */
export const readInput = (path: string, what: string): Buffer => {
  try {
    return readBounded(path === "-" ? 0 : path)
  } catch (cause) {
    if (cause instanceof UsageError) throw new UsageError(`${path} (${what}) ${cause.message}`)
    throw new UsageError(`${path} (${what}) cannot be read: ${fileProblem(cause)}`)
  }
}

/** @throws UsageError that names the file */
export const writeOutput = (path: string, content: string | Uint8Array): void => {
  try {
    writeFileSync(path, content)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT"
    throw new UsageError(
      `${path} cannot be written: ${missing ? "its directory is not there; make it first" : fileProblem(cause)}`,
    )
  }
}
