/** What an export's directory holds by now. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { MANIFESTS_DIR, partitionName } from "./layout.ts"
import { type Manifest, ManifestError, parseManifest } from "./manifest.ts"

/** The entries of a directory, sorted; none where it is not there. */
const namesIn = (dir: string): ReadonlyArray<string> => {
  try {
    return readdirSync(dir).sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return []
    throw cause
  }
}

/**
 * The manifests of a partition, in the order of their leaves.
 * @throws ManifestError that names the file
 */
export const manifestsOf = (root: string, partition: number): ReadonlyArray<Manifest> => {
  const dir = join(root, MANIFESTS_DIR, partitionName(partition))
  return namesIn(dir)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      try {
        return parseManifest(readFileSync(join(dir, name), "utf8"))
      } catch (cause) {
        throw new ManifestError(`${MANIFESTS_DIR}/${partitionName(partition)}/${name}: ${(cause as Error).message}`)
      }
    })
    .sort((a, b) => a.leaves.from - b.leaves.from)
}

/** Every file below a directory, by its path from `root`. */
export const filesBelow = (root: string, dir: string): ReadonlyArray<string> => {
  const entries = (() => {
    try {
      return readdirSync(join(root, dir), { withFileTypes: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return []
      throw cause
    }
  })()
  return entries.flatMap((entry) => {
    const path = `${dir}/${entry.name}`
    return entry.isDirectory() ? filesBelow(root, path) : [path]
  })
}
