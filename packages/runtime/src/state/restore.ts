/** Brings a table back from its changelog. */
import type { Log } from "@assay/log"
import type { AnyStage } from "@assay/trust"
import { decodeRow, RUNNER_KEY } from "./changelog.ts"
import { decodeProgress, PROGRESS_KEY, type Progress } from "./progress.ts"
import { StateTable } from "./table.ts"

const BATCH_RECORDS = 4096
const BATCH_BYTES = 8 << 20

export interface Restored {
  readonly table: StateTable
  /** The runner's own state as last written, or null on a fresh log. */
  readonly runner: Uint8Array | null
  /** How far the state is, or null where the changelog does not say (a fresh log, or one of an older Assay). */
  readonly progress: Progress | null
  /** The changelog's end. */
  readonly end: number
}

/**
 * Reads the whole kept changelog of one partition, oldest first.
 * @throws Error where a record is of another version
 */
export const restoreTable = async (
  log: Log,
  stages: ReadonlyArray<AnyStage>,
  changelog: string,
  partition: number,
): Promise<Restored> => {
  const at = { stream: changelog, partition }
  const table = new StateTable(stages)
  let runner: Uint8Array | null = null
  let progress: Progress | null = null
  const { start, end } = await log.bounds(at)
  for (let next = start; next < end; ) {
    const records = await log.read(at, next, BATCH_RECORDS, BATCH_BYTES)
    if (records.length === 0) break
    for (const record of records) {
      const key = Buffer.from(record.key.buffer, record.key.byteOffset, record.key.length).toString("utf8")
      if (key === RUNNER_KEY) runner = record.value.slice()
      else if (key === PROGRESS_KEY) progress = decodeProgress(record.value)
      else table.restore(key, decodeRow(stages, record.value))
    }
    next = records.at(-1)!.offset + 1
  }
  table.restored()
  return { table, runner, progress, end }
}
