/** What ticks do here: forget states that mean nothing any more. Controls and admissions change nothing. */
import {
  type AdmissionEntry,
  type ControlEntry,
  type Effects,
  NO_EFFECTS,
  type StateView,
  type TickEntry,
} from "@assay/trust"
import type { Incidents } from "./changed-policy.ts"
import type { SegmentationState } from "./state.ts"

/** A new policy needs no work: states name zones and conduits by id, and compile happens at its first message. */
export const applySegmentation = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: StateView<SegmentationState, Incidents>,
  limit: number,
): Effects<SegmentationState> => {
  if (entry.kind !== "tick") return NO_EFFECTS
  const silent = states.due(entry.time, limit)
  if (silent.length === 0) return NO_EFFECTS
  return { states: silent.map((device) => [device, null] as const), events: [], releases: [] }
}
