/** Later decisions on held messages, as commands asked for them: what is issued again, and what the audit says of it. */
import { encodeAssayed } from "@assay/schemas"
import type { AssayedMessage, Origin } from "@assay/trust"
import type { Collector, Release } from "./collector.ts"

/** Whether the message that is kept is the one that was judged: operators name origins, and the stream says what lies there. */
const isTheOne = (held: AssayedMessage, { message }: Release): boolean =>
  message === undefined || Buffer.compare(encodeAssayed(held), encodeAssayed(message)) === 0

/** @param find the original quarantined message; null where it is no longer kept */
export const issueReleases = async (
  collected: Collector,
  find: (origin: Origin) => Promise<AssayedMessage | null>,
): Promise<void> => {
  // Numbered by the command that caused them: which commands share a batch must not show in an event's id.
  const counts = new Map<number, number>()
  for (const release of collected.releases) {
    const held = collected.quarantinedNow(release.origin) ?? (await find(release.origin))
    if (held === null || !isTheOne(held, release)) continue
    const { offset } = release.at.origin
    const nth = counts.get(offset) ?? 0
    counts.set(offset, nth + 1)
    collected.superseded(held, release, nth)
  }
}
