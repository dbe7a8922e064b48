/** Finds the anchored checkpoint that covers a leaf of a partition's log. */
import { readCheckpoint } from "@assay/transparency"
import { AnchorError } from "../error.ts"
import type { AnchorLog } from "../log/anchor-log.ts"
import { type AnchoredPart, anchorsAt, type EvidenceSource } from "./anchored.ts"

/**
 * The first checkpoint of this log with more than `leaf` leaves that the anchor log holds, and its anchors.
 * @param sources of all places; of each the oldest that covers it is taken
 * @returns the partition's checkpoint to prove the event under; null where no anchor covers the leaf yet
 * @throws MissingTileError
 */
export const anchorsOf = async (
  log: AnchorLog,
  origin: string,
  leaf: number,
  sources: ReadonlyArray<EvidenceSource>,
): Promise<{ readonly checkpoint: string; readonly anchors: ReadonlyArray<AnchoredPart> } | null> => {
  const place = (await log.placesOf(origin)).find(({ size }) => size > leaf)
  if (place === undefined) return null
  const checkpoint = Buffer.from(await log.entry(place.at)).toString("utf8")
  const head = readCheckpoint(checkpoint)
  if (head.origin !== origin || head.size <= leaf)
    throw new AnchorError("log", `${log.directory}/origins is not of this log: remove it, it is made anew`)
  const anchors = await anchorsAt(log, place.at, sources)
  return anchors.length === 0 ? null : { checkpoint, anchors }
}
