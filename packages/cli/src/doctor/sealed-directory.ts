/** Is what lies in the log's directory what the sealer published last? An old copy of it agrees with itself. */
import { setTimeout as sleep } from "node:timers/promises"
import { type SealedHead, sealedHead } from "@assay/integrity-hasher/sealer"
import type { Log } from "@assay/log"
import { NoteError, readCheckpoint } from "@assay/transparency"
import { logDirectory, readPublished } from "@assay/transparency/storage"
import { type Finding, fail, ok } from "./finding.ts"

/** A running sealer publishes a moment after it swapped its row: one counts that differs at a second look. */
const LOOK_AGAIN_MS = 1_500

interface Differing {
  readonly partition: number
  readonly published: string | null
  readonly head: SealedHead | null
}

const look = async (log: Log, dir: string, partition: number): Promise<Differing | null> => {
  const published = await readPublished(logDirectory(dir, partition))
  const head = await sealedHead(log, partition)
  return published === (head?.note ?? null) ? null : { partition, published, head }
}

const sizeOf = (note: string | null): string => {
  if (note === null) return "no checkpoint"
  try {
    return `a checkpoint of ${readCheckpoint(note).size} leaves`
  } catch (cause) {
    if (cause instanceof NoteError) return "no readable checkpoint"
    throw cause
  }
}

const partitionsThatDiffer = async (
  log: Log,
  dir: string,
  partitions: ReadonlyArray<number>,
): Promise<ReadonlyArray<Differing>> =>
  (await Promise.all(partitions.map((partition) => look(log, dir, partition)))).filter((one) => one !== null)

/** @param dir the directory in which the log is sealed */
export const sealedDirectoryFinding = async (log: Log, dir: string, waitMs = LOOK_AGAIN_MS): Promise<Finding> => {
  const all = Array.from({ length: log.partitions }, (_, partition) => partition)
  let differing = await partitionsThatDiffer(log, dir, all)
  if (differing.length > 0) {
    await sleep(waitMs)
    differing = await partitionsThatDiffer(
      log,
      dir,
      differing.map(({ partition }) => partition),
    )
  }
  const [first] = differing
  if (first === undefined) return ok("sealed", "the log's directory has the checkpoints that were sealed last")
  const { partition, published, head } = first
  return fail(
    "sealed",
    `the log's directory has ${sizeOf(published)} for partition ${partition}, and ${head === null ? "nothing was sealed" : `the sealer's last one has ${head.size}`}${differing.length > 1 ? ` (and ${differing.length - 1} partitions more)` : ""}: it was rolled back, is an old copy, or is another log's`,
    "stop the sealer and put back the newest copy of the directory; assay verify with --since a checkpoint from outside says what changed",
  )
}
