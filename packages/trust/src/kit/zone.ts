/** Where a message came from, by the segmentation policy that judged it. */
import { detailIn } from "../detail.ts"
import type { AssayedMessage } from "../generated/records.ts"

/** Details that were read of late: a flow has one text for as long as the policy stays. */
const KNOWN = 1_024
const known = new Map<string, string | null>()

/**
 * The zone of the device, or null where the policy gives it none. The detail of the verdict is the one place where it stands, and
 * it is for people: use it to show and to route, never to decide.
 */
export const zoneOf = ({ verdicts }: Pick<AssayedMessage, "verdicts">): string | null => {
  const detail = verdicts.segmentation?.detail ?? null
  if (detail === null) return null
  const found = known.get(detail)
  if (found !== undefined) return found
  if (known.size >= KNOWN) known.clear()
  const from = detailIn(detail)?.["from"]
  const zone = typeof from === "string" ? from : null
  known.set(detail, zone)
  return zone
}
