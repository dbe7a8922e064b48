/** The version floor: for each kind and subject, what comes into force is newer than what is in force, and not expired. */
import type { Active } from "@assay/trust"
import type { Refused } from "./kind.ts"

/** What the log knows at an activation. */
export interface OpenLimits {
  /** Milliseconds since 1970; what has expired by then is refused. */
  readonly time: number
  /** The version in force for this kind and subject; null where there is none. */
  readonly above: number | null
}

/** Whether an item may come into force now: versions only rise, and nothing expired is taken. Null where it may. */
export const outOfOrder = (
  { version, expires }: Pick<Active<unknown>, "version" | "expires">,
  { time, above }: OpenLimits,
): Refused | null => {
  if (above !== null && version <= above)
    return { reasons: ["control.knowledge_version"], detail: `version ${version} is not above ${above}` }
  if (expires <= time)
    return { reasons: ["control.knowledge_expired"], detail: `expired ${new Date(expires).toISOString()}` }
  return null
}
