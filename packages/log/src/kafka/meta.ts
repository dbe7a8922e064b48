/** What a log is, in a cell: written once by `assay topics apply`. */
import { LogSetupError } from "../errors.ts"

/** In partition 0. */
export const META_CELL = "log"

export interface LogMeta {
  readonly epoch: number
  /** Milliseconds since 1970. */
  readonly genesis: number
  readonly partitions: number
}

export const encodeMeta = ({ epoch, genesis, partitions }: LogMeta): Uint8Array =>
  Buffer.from(JSON.stringify({ v: 1, epoch, genesis, partitions }))

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

/** @throws LogSetupError where the cell is of another version */
export const decodeMeta = (cell: Uint8Array | null): LogMeta | null => {
  if (cell === null) return null
  const { v, epoch, genesis, partitions } = JSON.parse(Buffer.from(cell).toString("utf8")) as Record<string, unknown>
  if (v !== 1 || !isCount(epoch) || !isCount(genesis) || !isCount(partitions))
    throw new LogSetupError("the log's own cell is of another version than this Assay reads (1)")
  return { epoch, genesis, partitions }
}
