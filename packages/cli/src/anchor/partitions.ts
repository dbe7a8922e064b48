/** The logs of a data directory, as the anchor log takes their checkpoints. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { AnchoredLog } from "@assay/anchor"
import { vkeyPath } from "@assay/integrity-hasher/sealer"
import { directoryTiles, logDirectory, readPublished } from "@assay/transparency/storage"
import { UsageError } from "../command.ts"
import { logKeysIn, readKeys } from "../verifier-keys.ts"

const PARTITION = /^p(\d+)\.vkey$/

/** One for each partition that is sealed there. @throws UsageError where there is none */
export const partitionsIn = (data: string): ReadonlyArray<AnchoredLog> => {
  const vkeys = join(data, "vkeys")
  const names = existsSync(vkeys) ? readdirSync(vkeys) : []
  const partitions = names.flatMap((name) => PARTITION.exec(name)?.[1] ?? []).map(Number)
  if (partitions.length === 0)
    throw new UsageError(
      `${data} holds no sealed log (vkeys/): name the data directory of the node that seals with --data`,
    )
  return partitions
    .sort((a, b) => a - b)
    .map((partition) => {
      const keys = logKeysIn(readKeys(vkeyPath(data, partition)))
      const directory = logDirectory(data, partition)
      return {
        origin: keys[0]!.name,
        keys,
        tiles: directoryTiles(directory),
        published: () => readPublished(directory),
      }
    })
}

/**
 * The logs of several sites, or epochs, which one anchor log holds.
 * @throws UsageError where two have one name: their leaves could be taken for each other's
 */
export const partitionsOfAll = (directories: ReadonlyArray<string>): ReadonlyArray<AnchoredLog> => {
  const logs: Array<AnchoredLog> = []
  const places = new Map<string, string>()
  for (const directory of directories)
    for (const log of partitionsIn(directory)) {
      const other = places.get(log.origin)
      if (other !== undefined)
        throw new UsageError(
          `${directory} and ${other} both have a log named ${log.origin}: each site and each epoch needs an epoch of its own (assay topics apply --epoch)`,
        )
      places.set(log.origin, directory)
      logs.push(log)
    }
  return logs
}
