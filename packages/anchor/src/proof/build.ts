/** Finds the anchored checkpoint that covers a leaf of a partition's log. */
import type { AnchorLog } from "../log/anchor-log.ts"
import { type AnchoredPart, anchorsAt, type EvidenceSource } from "./anchored.ts"

/**
 * The first checkpoint of this log with more than `leaf` leaves that the anchor log holds, and its anchors.
 * @param sources of all places; of each the oldest that covers it is taken
 * @returns the partition's checkpoint to prove the event under; null where no anchor covers the leaf yet
 * @throws AnchorError `log`, MissingTileError
 */
export const anchorsOf = async (
  log: AnchorLog,
  origin: string,
  leaf: number,
  sources: ReadonlyArray<EvidenceSource>,
): Promise<{ readonly checkpoint: string; readonly anchors: ReadonlyArray<AnchoredPart> } | null> => {
  const held = await log.checkpointOver(origin, leaf)
  if (held === null) return null
  const anchors = await anchorsAt(log, held.at, sources)
  return anchors.length === 0 ? null : { checkpoint: held.note, anchors }
}
