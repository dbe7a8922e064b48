/** Beta reputation (Josang and Ismail 2002) with forgetting and weighted evidence. */
import { BAD, type Cells, type Draft, GOOD } from "./cells.ts"
import type { DetectionConfig } from "./config.ts"

/** Expected behaviour, 0..1; 0.5 for a device never seen. */
export const reputationOf = (cells: Cells): number => (cells[GOOD]! + 1) / (cells[GOOD]! + cells[BAD]! + 2)

/** How little is known, 0..1; 1 for a device never seen. */
export const uncertaintyOf = (cells: Cells): number => 2 / (cells[GOOD]! + cells[BAD]! + 2)

/** A message without fault, in place. */
export const credit = (cells: Draft, config: DetectionConfig): void => {
  cells[GOOD] = cells[GOOD]! * config.forgetting + 1
  cells[BAD] = cells[BAD]! * config.forgetting
}

/** A message with a fault of this weight (0..1, the heaviest of its `device` reasons), in place. */
export const debit = (cells: Draft, weight: number, config: DetectionConfig): void => {
  cells[GOOD] = cells[GOOD]! * config.forgetting
  cells[BAD] = cells[BAD]! * config.forgetting + weight * config.severity
}
