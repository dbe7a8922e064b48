/**
 * What the cells of partition 0 say of epochs: that a log was ended and another goes on from it, and that one which goes on
 * from another is not filled yet. Neither may be judged.
 */
import { type Log, LogEndedError, LogSetupError } from "@assay/log"

/** In the log that ends: `{"v":1,"epoch":2,"to":"<prefix or directory>"}`. With `"fenced":true` nobody can judge it any more; with `"withdrawn":true` it goes on after all. */
export const NEXT_CELL = "epoch.next"
/** In the log that goes on: `{"v":1,"from":"assay-log:1:...","item":"<hash>","filled":false,"prefix":"plant1."}`, or `"dir"` for a directory. */
export const FILLED_CELL = "epoch.filled"

export interface NextEpoch {
  readonly epoch: number
  /** Where it is, for people. */
  readonly to: string
}

/** Where a log is: the prefix of its topics, or its directory. */
export type LogPlace = { readonly prefix: string } | { readonly dir: string }

export interface Filling {
  /** The log before it, by name. */
  readonly from: string
  /** Where that was when it ended; null where the cell is older than this field. */
  readonly place: LogPlace | null
  /** Hash of the signed item. */
  readonly item: string
  readonly filled: boolean
}

const encode = (value: object): Uint8Array => Buffer.from(JSON.stringify({ v: 1, ...value }))
const asCell = ({ epoch, to }: NextEpoch, state: { readonly fenced?: true; readonly withdrawn?: true } = {}) =>
  encode({ epoch, to, ...state })
const fillingCell = ({ from, item, filled, place }: Filling) => encode({ from, item, filled, ...place })

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

/** @property isFenced whether nobody can judge the log any more */
export const readNext = async ({
  cells,
}: Pick<Log, "cells">): Promise<(NextEpoch & { readonly isFenced: boolean }) | null> => {
  const cell = decode(NEXT_CELL, await cells.get(0, NEXT_CELL))
  if (cell === null || cell["withdrawn"] === true) return null
  return { epoch: Number(cell["epoch"]), to: String(cell["to"]), isFenced: cell["fenced"] === true }
}

export const readFilling = async ({ cells }: Pick<Log, "cells">): Promise<Filling | null> => {
  const cell = decode(FILLED_CELL, await cells.get(0, FILLED_CELL))
  if (cell === null) return null
  const { prefix, dir } = cell
  const place = typeof prefix === "string" ? { prefix } : typeof dir === "string" ? { dir } : null
  return { from: String(cell["from"]), item: String(cell["item"]), filled: cell["filled"] === true, place }
}

/** @returns whether the cell is as wanted now */
export const writeNext = async (log: Pick<Log, "cells">, next: NextEpoch): Promise<boolean> => {
  const { cells } = log
  const present = await readNext(log)
  if (present !== null) return present.epoch === next.epoch && present.to === next.to
  const before = await cells.get(0, NEXT_CELL)
  return (await cells.swap(0, NEXT_CELL, before, asCell(next))) || isSame(cells, NEXT_CELL, asCell(next))
}

/** Nobody can judge the log any more. @returns whether the cell is as wanted now */
export const writeFenced = async ({ cells }: Pick<Log, "cells">, next: NextEpoch): Promise<boolean> =>
  (await cells.swap(0, NEXT_CELL, asCell(next), asCell(next, { fenced: true }))) ||
  isSame(cells, NEXT_CELL, asCell(next, { fenced: true }))

/** The log goes on as before. @returns false where it is fenced already */
export const withdrawNext = async ({ cells }: Pick<Log, "cells">, next: NextEpoch): Promise<boolean> =>
  cells.swap(0, NEXT_CELL, asCell(next), asCell(next, { withdrawn: true }))

/** @param before null: none was there */
export const writeFilling = async (
  { cells }: Pick<Log, "cells">,
  before: Filling | null,
  filling: Filling,
): Promise<boolean> =>
  (await cells.swap(0, FILLED_CELL, before === null ? null : fillingCell(before), fillingCell(filling))) ||
  (await isSame(cells, FILLED_CELL, fillingCell(filling)))

const isSame = async (cells: Log["cells"], name: string, wanted: Uint8Array): Promise<boolean> => {
  const cell = await cells.get(0, name)
  return cell !== null && Buffer.compare(cell, wanted) === 0
}

/**
 * Milliseconds for which a look that found the log going on counts, from when it began. Whoever ends a log that processes share
 * waits for twice as long before it reads for the last time what they have taken.
 */
export const ENDED_UNSEEN_MS = 5_000

/** @throws LogEndedError that names the log to go to */
export const refuseEnded = async (log: Pick<Log, "cells" | "epoch">): Promise<void> => {
  const next = await readNext(log)
  if (next !== null)
    throw new LogEndedError(
      `epoch ${log.epoch} of the log was ended: epoch ${next.epoch} goes on from it at ${next.to}. Start there; this one is only read (assay verify, assay replay, assay explain)`,
    )
}

/**
 * Refuses a process that would judge, take messages or seal on a log that was ended, or is not filled.
 * @throws LogEndedError, LogSetupError: names the log to go to, or what to run
 */
export const refuseOtherEpoch = async (log: Pick<Log, "cells" | "epoch">): Promise<void> => {
  await refuseEnded(log)
  const filling = await readFilling(log)
  if (filling !== null && !filling.filled)
    throw new LogSetupError(
      `epoch ${log.epoch} of the log is not filled yet from ${filling.from}: run assay topics grow to its end, it goes on where it stopped`,
    )
}
