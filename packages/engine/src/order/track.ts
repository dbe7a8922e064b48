/** The knowledge track of one partition of a log. */
import { type ItemRows, KINDS, type Kinds, Track, UntrustedKnowledge } from "@assay/knowledge"
import { type Log, partitionOf } from "@assay/log"
import { ConfigurationError } from "@assay/settings"
import { type RootSet, signerOf } from "@assay/trust"

/**
 * @param kept what the track's `encode` gave before the restart, or null on a fresh log
 * @param roots the pinned roots of the configuration
 * @param rows the table's part for items about devices (`StateTable.items`); in memory where left out
 * @throws ConfigurationError where an item in force is not signed by them
 * @throws Error where a body that was in force cannot be read any more: the state is damaged
 */
export const restoreTrack = (
  log: Log,
  partition: number,
  kept: Uint8Array | null,
  roots: RootSet,
  kinds: Kinds = KINDS,
  rows?: ItemRows,
): Track => {
  const isHome = (subject: string): boolean => partitionOf(signerOf(subject), log.partitions) === partition
  try {
    return Track.restore({ kinds, roots, isHome, log, ...(rows === undefined ? {} : { rows }) }, kept)
  } catch (cause) {
    if (cause instanceof UntrustedKnowledge) throw new ConfigurationError(cause.message)
    throw cause
  }
}
