/** The logs of a data directory whose entries a call archives, with their published checkpoints. */
import { existsSync } from "node:fs"
import { dirname } from "node:path"
import { generationOf, originOf, vkeyPath } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { openCheckpoint, type TreeHead, type VerifierKey } from "@assay/transparency"
import { Archive } from "@assay/transparency/archive"
import { logDirectory, readPublished } from "@assay/transparency/storage"
import { type Arguments, UsageError } from "../command.ts"
import { byAnyKey, keysOf, readKeys } from "../verifier-keys.ts"

export interface SealedLog {
  readonly partition: number
  readonly directory: string
  readonly origin: string
  readonly keys: ReadonlyArray<VerifierKey>
  readonly head: TreeHead
  /** The published checkpoint. */
  readonly note: string
  /** To read from. */
  readonly archive: Archive
}

/**
 * Those of all partitions, or of `--partition`; logs without a checkpoint are left out.
 * @param data the directory in which the log is sealed
 * @throws UsageError; NoteError where a checkpoint is not signed by its log's key
 */
export const sealedLogs = async (given: Arguments, log: Log, data: string): Promise<ReadonlyArray<SealedLog>> => {
  const vkeys = dirname(vkeyPath(data, 0))
  const named = given.text("key")
  if (named === null && !existsSync(vkeys))
    throw new UsageError(`${data} holds no sealed log (vkeys/): name the directory in which the log is sealed`)
  const keys = readKeys(named ?? vkeys)
  const archive = given.required("archive")
  const only = given.text("partition") === null ? null : given.whole("partition", 0, log.partitions - 1)
  const generation = await generationOf(log)
  const found: Array<SealedLog> = []
  for (let partition = only ?? 0; partition <= (only ?? log.partitions - 1); partition++) {
    const origin = originOf(log.epoch, partition, generation)
    const directory = logDirectory(data, partition)
    const note = await readPublished(directory)
    if (note === null) continue
    const own = keysOf(keys, origin)
    const head = byAnyKey(own, (key) => openCheckpoint(note, key))
    found.push({ partition, directory, origin, keys: own, head, note, archive: Archive.at(archive, origin) })
  }
  return found
}
