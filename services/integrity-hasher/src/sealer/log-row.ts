/**
 * The one row that says what the log is: whoever swaps it owns the log. Kept as JSON in a cell, so that an operator can
 * read it: `{"v":2,"size":..,"root":..,"frontier":[..],"next":..,"time":..,"note":".."}`, hashes in base64.
 */
import type { Log } from "@assay/log"
import { equalHash, Frontier, type Hash } from "@assay/transparency"
import { SealerError } from "./error.ts"

export const ROW_CELL = "sealer.row"

export interface Row {
  /** Leaves. */
  readonly size: number
  readonly root: Hash
  readonly frontier: ReadonlyArray<Hash>
  /** The next offset of audit.events to seal. Offsets may have gaps, so it is not the size. */
  readonly next: number
  /** Log time of the newest sealed event, milliseconds since 1970. */
  readonly time: number
  /** The signed checkpoint. */
  readonly note: string
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")
const bytes = (text: unknown): Uint8Array => new Uint8Array(Buffer.from(String(text), "base64"))

export const encodeRow = (row: Row): Uint8Array => {
  const { size, next, time, note } = row
  return Buffer.from(
    JSON.stringify({ v: 2, size, root: base64(row.root), frontier: row.frontier.map(base64), next, time, note }),
  )
}

/** @throws SealerError `diverged` when the row contradicts itself. */
export const decodeRow = (cell: Uint8Array): Row => {
  const { v, size, root, frontier, next, time, note } = JSON.parse(Buffer.from(cell).toString("utf8"))
  if (v !== 2)
    throw new SealerError(
      "diverged",
      `the sealer's row is of version ${v}, this code reads 2: seal a log that an older version began with that version`,
    )
  const row: Row = { size, root: bytes(root), frontier: frontier.map(bytes), next, time, note }
  if (!equalHash(new Frontier(row.size, row.frontier).root(), row.root)) {
    throw new SealerError("diverged", "the sealer's row does not have its own root")
  }
  return row
}

/** The head that was sealed last, as far as the sealer's row says. */
export interface SealedHead {
  readonly size: number
  /** Log time of the newest sealed event, milliseconds since 1970. */
  readonly time: number
  /** The signed checkpoint. */
  readonly note: string
}

/** Null where nothing was sealed yet. @throws SealerError `diverged` where the row contradicts itself */
export const sealedHead = async ({ cells }: Pick<Log, "cells">, partition: number): Promise<SealedHead | null> => {
  const cell = await cells.get(partition, ROW_CELL)
  if (cell === null) return null
  const { size, time, note } = decodeRow(cell)
  return { size, time, note }
}
