import { accessSync, constants } from "node:fs"
import { join } from "node:path"

/** The path of the first program of these names that lies in one of the directories, in their order; null where none does. */
export const findProgram = (names: ReadonlyArray<string>, directories: ReadonlyArray<string>): string | null => {
  for (const name of names) {
    for (const directory of directories) {
      if (directory === "") continue
      const path = join(directory, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // not here
      }
    }
  }
  return null
}
