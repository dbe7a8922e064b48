/** Later decisions on held messages, as commands asked for them: what is issued again, and what the audit says of it. */

import type { Log } from "@assay/log"
import { encodeAssayed } from "@assay/schemas"
import { type AssayedMessage, isOurFault, type Origin } from "@assay/trust"
import type { Collector, Release } from "./collector.ts"
import { findQuarantined, findUndecided } from "./find-decided.ts"

/** Whether the message that is kept is the one that was judged: operators name origins, and the stream says what lies there. */
const isTheOne = (held: AssayedMessage, { message }: Release): boolean =>
  message === undefined || Buffer.compare(encodeAssayed(held), encodeAssayed(message)) === 0

/** What is issued of a message that a stage failed at: as it was judged since, where the bytes that are kept are its own. */
const ofUndecided = async (log: Log, { origin, message }: Release): Promise<AssayedMessage | null> => {
  const kept = message === undefined ? null : await findUndecided(log, origin)
  if (kept === null || !kept.reasons.some(isOurFault)) return null
  const isSame =
    Buffer.from(kept.key).toString() === message!.key && Buffer.compare(kept.value, message!.envelope.bytes) === 0
  return isSame ? message! : null
}

/** @param log where what is issued must still be kept */
export const issueReleases = async (collected: Collector, log: Log): Promise<void> => {
  const find = (origin: Origin): Promise<AssayedMessage | null> => findQuarantined(log, origin)
  // Numbered by the command that caused them: which commands share a batch must not show in an event's id.
  const counts = new Map<number, number>()
  for (const release of collected.releases) {
    const held = release.undecided
      ? await ofUndecided(log, release)
      : (collected.quarantinedNow(release.origin) ?? (await find(release.origin)))
    if (held === null || !isTheOne(held, release)) continue
    const { offset } = release.at.origin
    const nth = counts.get(offset) ?? 0
    counts.set(offset, nth + 1)
    collected.superseded(held, release, nth)
  }
}
