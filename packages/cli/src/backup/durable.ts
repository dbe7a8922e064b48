/** Makes everything below a directory durable before it gets its name. */
import { open, readdir } from "node:fs/promises"
import { join } from "node:path"
import { syncDirectory } from "@assay/transparency/storage"

/** Files first, then the directory that names them, from the inside out. */
export const syncTree = async (directory: string): Promise<void> => {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) await syncTree(path)
    else {
      const handle = await open(path, "r")
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    }
  }
  await syncDirectory(directory)
}
