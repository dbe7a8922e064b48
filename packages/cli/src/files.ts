/** Files that a call names: what is wrong with one is reported with its name and what to do, and is the caller's to correct. */
import { readFileSync, writeFileSync } from "node:fs"
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

/**
 * @param what the file's part in the call, for example `the signed bundle`
 * @throws UsageError that names the file
 */
export const readInput = (path: string, what: string): Buffer => {
  try {
    return readFileSync(path === "-" ? 0 : path)
  } catch (cause) {
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
