/** Later decisions on held messages, as commands asked for them: what is issued again, and what the audit says of it. */

import type { Log } from "@assay/log"
import { encodeAssayed } from "@assay/schemas"
import { type AssayedMessage, isOurFault, type Origin } from "@assay/trust"
import type { Collector, Release } from "./collector.ts"
import { findQuarantined, findUndecided } from "./find-decided.ts"
import { readIssued } from "./read-issued.ts"

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

const NOTHING: ReadonlyMap<number, AssayedMessage> = new Map()

const issuedIn = async (log: Log, releases: ReadonlyArray<Release>): Promise<ReadonlyMap<number, AssayedMessage>> => {
  const taken = releases.filter(({ issued }) => issued !== undefined)
  const [first] = taken
  return first === undefined ? NOTHING : readIssued(log, first.origin.partition, taken)
}

/** @param log where what is issued, or taken back, must still be kept */
export const issueReleases = async (collected: Collector, log: Log): Promise<void> => {
  const find = (origin: Origin): Promise<AssayedMessage | null> => findQuarantined(log, origin)
  const issued = await issuedIn(log, collected.releases)
  // Numbered by the command that caused them: which commands share a batch must not show in an event's id.
  const counts = new Map<number, number>()
  for (const release of collected.releases) {
    const held =
      release.issued !== undefined
        ? (issued.get(release.origin.offset) ?? null)
        : release.undecided
          ? await ofUndecided(log, release)
          : (collected.quarantinedNow(release.origin) ?? (await find(release.origin)))
    if (held === null || !isTheOne(held, release)) continue
    const { offset } = release.at.origin
    const nth = counts.get(offset) ?? 0
    counts.set(offset, nth + 1)
    if (release.issued === undefined) collected.superseded(held, release, nth)
    else collected.takenBack(held, release, nth)
  }
}
