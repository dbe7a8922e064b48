/** Which log holds the leaf of an event, where one log goes on after another. */
import { generationOf } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { readCheckpoint } from "@assay/transparency"
import { logDirectory, olderDirectory, readPublished } from "@assay/transparency/storage"

export interface SealedPlace {
  readonly directory: string
  readonly leaf: number
  /** The published checkpoint of that log; where it ended, the one that it ends with. */
  readonly published: string
}

/**
 * @param data the directory in which the log is sealed
 * @param event its number in audit.events of the partition
 * @returns null where nothing is sealed
 */
export const placeOf = async (
  log: Log,
  data: string,
  partition: number,
  event: number,
): Promise<SealedPlace | null> => {
  const newest = logDirectory(data, partition)
  const last = await generationOf(log)
  let before = 0
  for (let generation = 1; ; generation++) {
    const directory = generation === last ? newest : olderDirectory(newest, generation)
    const published = await readPublished(directory)
    if (published === null) return null
    // The first leaf of a successor is a checkpoint, and no event.
    const shift = generation === 1 ? 0 : 1
    const events = readCheckpoint(published).size - shift
    if (generation === last || event < before + events) return { directory, leaf: event - before + shift, published }
    before += events
  }
}
