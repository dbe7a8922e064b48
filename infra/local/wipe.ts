import { rm } from "node:fs/promises"
import { join } from "node:path"
import { SetupProblem as Problem } from "./problem.ts"

/**
 * Deletes what a server of ours keeps in its data directory, and nothing else, whatever --data says.
 * @param files, directories their names; those that are not there are passed over
 * @throws Problem that names the one that cannot be deleted
 */
export const wipe = async (
  dir: string,
  files: ReadonlyArray<string>,
  directories: ReadonlyArray<string> = [],
): Promise<void> => {
  for (const name of [...files, ...directories]) {
    await rm(join(dir, name), { recursive: directories.includes(name), force: true }).catch((cause: Error) => {
      throw new Problem(`${name} in ${dir} cannot be deleted: ${cause.message}`)
    })
  }
}
