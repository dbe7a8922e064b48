/**
 * What the cells of partition 0 say of epochs: that a log was ended and another goes on from it, and that one which goes on
 * from another is not filled yet. Neither may be judged.
 */
import { type Log, LogSetupError } from "@assay/log"

/** In the log that ends: `{"v":1,"epoch":2,"to":"<prefix or directory>"}`. */
export const NEXT_CELL = "epoch.next"
/** In the log that goes on: `{"v":1,"from":"assay-log:1:...","item":"<hash>","filled":false}`. */
export const FILLED_CELL = "epoch.filled"

export interface NextEpoch {
  readonly epoch: number
  /** Where it is, for people. */
  readonly to: string
}

export interface Filling {
  /** The log before it, by name. */
  readonly from: string
  /** Hash of the signed item. */
  readonly item: string
  readonly filled: boolean
}

const encode = (value: object): Uint8Array => Buffer.from(JSON.stringify({ v: 1, ...value }))

/** @throws LogSetupError where the cell is of another version, or garbage */
const decode = (name: string, cell: Uint8Array | null): Record<string, unknown> | null => {
  if (cell === null) return null
  const text = Buffer.from(cell).toString("utf8")
  try {
    const value = JSON.parse(text)
    if (value?.v === 1) return value
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new LogSetupError(`the cell ${name} is none of version 1: ${text.slice(0, 100)}`)
}

export const readNext = async ({ cells }: Pick<Log, "cells">): Promise<NextEpoch | null> => {
  const cell = decode(NEXT_CELL, await cells.get(0, NEXT_CELL))
  return cell === null ? null : { epoch: Number(cell["epoch"]), to: String(cell["to"]) }
}

export const readFilling = async ({ cells }: Pick<Log, "cells">): Promise<Filling | null> => {
  const cell = decode(FILLED_CELL, await cells.get(0, FILLED_CELL))
  return cell === null
    ? null
    : { from: String(cell["from"]), item: String(cell["item"]), filled: cell["filled"] === true }
}

/** @returns whether the cell is as wanted now */
export const writeNext = async ({ cells }: Pick<Log, "cells">, next: NextEpoch): Promise<boolean> =>
  (await cells.swap(0, NEXT_CELL, null, encode(next))) || (await isSame(cells, NEXT_CELL, encode(next)))

/** @param before null: none was there */
export const writeFilling = async (
  { cells }: Pick<Log, "cells">,
  before: Filling | null,
  filling: Filling,
): Promise<boolean> =>
  (await cells.swap(0, FILLED_CELL, before === null ? null : encode(before), encode(filling))) ||
  (await isSame(cells, FILLED_CELL, encode(filling)))

const isSame = async (cells: Log["cells"], name: string, wanted: Uint8Array): Promise<boolean> => {
  const cell = await cells.get(0, name)
  return cell !== null && Buffer.compare(cell, wanted) === 0
}

/**
 * Refuses a process that would judge, take messages or seal on a log that was ended, or is not filled.
 * @throws LogSetupError that names the log to go to, or what to run
 */
export const refuseOtherEpoch = async (log: Pick<Log, "cells" | "epoch">): Promise<void> => {
  const next = await readNext(log)
  if (next !== null)
    throw new LogSetupError(
      `epoch ${log.epoch} of the log was ended: epoch ${next.epoch} goes on from it at ${next.to}. Start there; this one is only read (assay verify, assay replay, assay explain)`,
    )
  const filling = await readFilling(log)
  if (filling !== null && !filling.filled)
    throw new LogSetupError(
      `epoch ${log.epoch} of the log is not filled yet from ${filling.from}: run assay topics grow to its end, it goes on where it stopped`,
    )
}
