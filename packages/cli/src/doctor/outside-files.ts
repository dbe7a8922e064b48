/** Files outside the data directory that a deployment relies on: who may read and write them. */
import { existsSync, statSync } from "node:fs"
import { type Finding, fail } from "./finding.ts"

const FOR_OTHERS = 0o077
const WRITABLE = 0o022

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, "0")

/**
 * @param files by what they are, for example the pinned roots; null where none is set
 * @param secret whether others must not read them either
 */
export const outsideFindings = (
  files: Readonly<Record<string, string | null>>,
  secret: boolean,
): ReadonlyArray<Finding> =>
  Object.entries(files).flatMap(([what, path]) => {
    if (path === null || !existsSync(path)) return []
    const { mode } = statSync(path)
    if (secret && (mode & FOR_OTHERS) !== 0)
      return [
        fail(
          "modes",
          `${path} (${what}, mode ${octal(mode)}) is open to other users`,
          `chmod 600 ${path}, and make a new one`,
        ),
      ]
    if ((mode & WRITABLE) !== 0)
      return [
        fail(
          "modes",
          `${path} (${what}, mode ${octal(mode)}) can be written by other users`,
          `chmod go-w ${path}, and see that it is still what it should be`,
        ),
      ]
    return []
  })
