/** What the audit record of a move in a device's life says: the JSON text in the event's `detail`. Pure. */
import type { AuditEvent } from "./audit.ts"
import { detailIn } from "./detail.ts"
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

/** @returns null for any other event, and where the text is not what anomaly-quarantine writes */
export const lifeMovedIn = (event: Pick<AuditEvent, "kind" | "detail">): LifeMoved | null => {
  const found = event.kind === "life" ? detailIn(event.detail) : null
  const to = stateOf(found?.["to"])
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
