/** What the audit record of a move in a device's life says: the JSON text in the event's `detail`. Pure. */
import type { AuditEvent } from "./audit.ts"
import { LIFE_STATES, type LifeState } from "./life.ts"

export interface LifeMoved {
  readonly from: LifeState | null
  readonly to: LifeState
  /** DIDs; empty where it followed from what was decided. */
  readonly actors: ReadonlyArray<string>
  readonly reason: string | null
  readonly evidence: string | null
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null)
const stateOf = (value: unknown): LifeState | null => LIFE_STATES.find((state) => state === value) ?? null

/**
 * @returns null for any other event, and where the text is not what anomaly-quarantine writes: whoever may write to
 *   audit.events can bring any, and no reader may fail at it
 */
export const lifeMovedIn = (event: Pick<AuditEvent, "kind" | "detail">): LifeMoved | null => {
  if (event.kind !== "life" || event.detail === null) return null
  let found: Record<string, unknown> | null
  try {
    found = JSON.parse(event.detail) as Record<string, unknown> | null
  } catch {
    return null // no JSON: not ours
  }
  const to = typeof found === "object" && found !== null ? stateOf(found["to"]) : null
  if (found === null || to === null) return null
  const { from, actors, reason, evidence } = found
  return {
    from: stateOf(from),
    to,
    actors: Array.isArray(actors) ? actors.filter((one): one is string => typeof one === "string") : [],
    reason: textOf(reason),
    evidence: textOf(evidence),
  }
}
