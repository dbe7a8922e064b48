/**
 * Which log of its line a log is. A log keeps its name and key for ever; where the key is lost or stolen another log with another name
 * and key goes on after it. All partitions go together, so the number is one cell of the first.
 */
import type { Log } from "@assay/log"

export const GENERATION_CELL = "sealer.generation"

/** 1: the first log. */
export const generationOf = async ({ cells }: Pick<Log, "cells">): Promise<number> => {
  const cell = await cells.get(0, GENERATION_CELL)
  return cell === null ? 1 : Number(Buffer.from(cell).toString("utf8"))
}

/** Only from the one before. @returns false where it was another one */
export const raiseGeneration = (log: Pick<Log, "cells">, from: number): Promise<boolean> =>
  log.cells.swap(0, GENERATION_CELL, from === 1 ? null : Buffer.from(String(from)), Buffer.from(String(from + 1)))
