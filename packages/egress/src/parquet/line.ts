/** The logs of a partition that an export goes over, where another log goes on after one whose key was lost or stolen. */
import { DataDirError } from "@assay/log"
import { readCheckpoint, type TreeHead } from "@assay/transparency"
import { directoriesOfLine, readPublished, readSuccession } from "@assay/transparency/storage"
import type { Manifest } from "./manifest.ts"

/** One of a partition's logs, which go on after each other. */
export interface LineLog {
  readonly directory: string
  readonly note: string
  readonly head: TreeHead
  /** What its first leaf is counted as, over all of them. */
  readonly base: number
  /** The offset in audit.events of its first event. */
  readonly audit: number
}

/** The logs of a partition, oldest first, each up to where it ends or is published. */
export const lineOf = async (directory: string): Promise<ReadonlyArray<LineLog>> => {
  const line: Array<LineLog> = []
  let base = 0
  for (const each of directoriesOfLine(directory)) {
    const note = await readPublished(each)
    if (note === null) return line
    const head = readCheckpoint(note)
    line.push({ directory: each, note, head, base, audit: (await readSuccession(each))?.next ?? 0 })
    base += head.size
  }
  return line
}

/** @throws DataDirError where the export has leaves of a log that count no more, since another one goes on before them */
export const refuseBeyond = (manifests: ReadonlyArray<Manifest>, line: ReadonlyArray<LineLog>): void => {
  for (const { origin, leaves } of manifests) {
    const log = line.find(({ head }) => head.origin === origin)
    if (log === undefined || leaves.to > log.base + log.head.size)
      throw new DataDirError(
        `the export has leaves ${leaves.from} to ${leaves.to} of ${origin}, which ends before (assay successor): begin a new export in another directory`,
      )
  }
}
