/** What a log is, in a cell: written once by `assay topics apply`. */
import { LogSetupError } from "@assay/log"
import { CELLS } from "./own-streams.ts"

/** 1 was written by Assay 0.1: other states, and hops in another order of fields. */
const VERSION = 2

/** In partition 0. */
export const META_CELL = "log"

export interface LogMeta {
  readonly epoch: number
  /** Milliseconds since 1970. */
  readonly genesis: number
  readonly partitions: number
}

export const encodeMeta = ({ epoch, genesis, partitions }: LogMeta): Uint8Array =>
  Buffer.from(JSON.stringify({ v: VERSION, epoch, genesis, partitions }))

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

const parsed = (cell: Uint8Array): Record<string, unknown> => {
  try {
    return Object(JSON.parse(Buffer.from(cell).toString("utf8")))
  } catch {
    return {}
  }
}

/** @throws LogSetupError where the cell is of another version, or garbage */
export const decodeMeta = (cell: Uint8Array | null): LogMeta | null => {
  if (cell === null) return null
  const { v, epoch, genesis, partitions } = parsed(cell)
  if (v === 1)
    throw new LogSetupError(
      "the log was written by Assay 0.1, which this version cannot read: keep its topics and read them with 0.1 (`assay verify`, `assay replay`), and start this version under a new ASSAY_STREAM_PREFIX",
    )
  if (v !== VERSION || !isCount(epoch) || !isCount(genesis) || !isCount(partitions))
    throw new LogSetupError(
      `the cell ${META_CELL} of ${CELLS}/0, which says what the log is, is none of version ${VERSION}: ${JSON.stringify(Buffer.from(cell).toString("utf8", 0, 100))}. Read the log with the Assay that wrote it; if somebody overwrote the cell, write back what stood there before`,
    )
  return { epoch, genesis, partitions }
}
