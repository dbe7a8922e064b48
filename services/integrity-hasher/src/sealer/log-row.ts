/**
 * The one row that says what the log is: whoever swaps it owns the log. Kept as JSON in a cell, so that an operator can
 * read it: `{"v":2,"size":..,"root":..,"frontier":[..],"next":..,"time":..,"note":".."}`, hashes in base64. Where processes
 * share the log, the row also names the term of the lease under which it was written (`lease.ts`), and is of version 3; one
 * of no leaves says no more than that term.
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

/** What the cell holds: the row, null before the first leaf; and the term of the lease, 0 where there was none. */
export interface Held {
  readonly row: Row | null
  readonly term: number
}

const NO_LEAVES: Row = { size: 0, root: new Frontier().root(), frontier: [], next: 0, time: 0, note: "" }

/** @param term of the lease under which it is written; 0: none */
export const encodeRow = (row: Row | null, term = 0): Uint8Array => {
  const { size, root, frontier, next, time, note } = row ?? NO_LEAVES
  const fields = { size, root: base64(root), frontier: frontier.map(base64), next, time, note }
  return Buffer.from(JSON.stringify(term === 0 ? { v: 2, ...fields } : { v: 3, term, ...fields }))
}

/** @throws SealerError `diverged` when the row contradicts itself. */
export const decodeRow = (cell: Uint8Array | null): Held => {
  if (cell === null) return { row: null, term: 0 }
  const { v, size, root, frontier, next, time, note, term = 0 } = JSON.parse(Buffer.from(cell).toString("utf8"))
  if (v !== 2 && v !== 3)
    throw new SealerError(
      "diverged",
      `the sealer's row is of version ${v}, this code reads 2 and 3: seal the log with the version of Assay that wrote it`,
    )
  if (!Number.isSafeInteger(term) || term < 0)
    throw new SealerError("diverged", "the sealer's row names no term of a lease")
  const row: Row = { size, root: bytes(root), frontier: frontier.map(bytes), next, time, note }
  if (!equalHash(new Frontier(row.size, row.frontier).root(), row.root)) {
    throw new SealerError("diverged", "the sealer's row does not have its own root")
  }
  return { row: size === 0 ? null : row, term }
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
  const { row } = decodeRow(await cells.get(partition, ROW_CELL))
  return row === null ? null : { size: row.size, time: row.time, note: row.note }
}
