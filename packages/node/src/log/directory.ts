/** Makes a data directory. */
import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { ConfigurationError } from "@assay/settings"

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "its file system is read-only",
  ENOTDIR: "a part of the path is a file, not a directory",
  ENOENT: "its file system takes no directory there",
  ENOSPC: "the disk is full",
}

const reasonOf = (cause: unknown): string => {
  const { code, message } = cause as NodeJS.ErrnoException
  return (code === undefined ? undefined : REASONS[code]) ?? message
}

/**
 * Makes the directory, for its owner alone whatever the umask, and what is missing above it, one step at a time: Node's own recursive mkdir never returns where the
 * file system refuses a directory as if its parent were missing (/proc does).
 * @throws ConfigurationError that names the path which cannot be one
 */
export const makeDataDir = (dir: string): void => {
  const missing: Array<string> = []
  for (let at = resolve(dir); !existsSync(at); at = dirname(at)) missing.unshift(at)
  try {
    for (const path of missing) mkdirSync(path, { mode: 0o700 })
  } catch (cause) {
    throw new ConfigurationError(
      `no data directory can be made at ${dir}: ${reasonOf(cause)}; choose another with --data`,
    )
  }
  if (!statSync(dir).isDirectory())
    throw new ConfigurationError(`${dir} is a file, not a data directory: choose another with --data`)
}
