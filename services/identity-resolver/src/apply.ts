/**
 * What controls, admissions and ticks do here: two operators let a device begin anew (`positions/resync.ts`). Revoked devices
 * keep their sequence; the last stage decides on them.
 */
import {
  type AdmissionEntry,
  type ControlEntry,
  type Effects,
  NO_EFFECTS,
  type StateView,
  type TickEntry,
} from "@assay/trust"
import { type IdentityState, LAYOUT } from "./state.ts"

/** How long the one-time value is good, in milliseconds: somebody must go to the device. */
const VALID_MS = 7 * 86_400_000

export const applyIdentity = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: StateView<IdentityState>,
): Effects<IdentityState> => {
  if (entry.kind !== "control" || !entry.control.accepted) return NO_EFFECTS
  const { what } = entry.control
  if (what.kind !== "command" || what.verb !== "resync" || what.value === undefined) return NO_EFFECTS
  const state = states.get(what.target)
  if (state === undefined && !states.isAdmitted(what.target)) return NO_EFFECTS
  const draft = LAYOUT.draft(state)
  draft.resync.clear()
  draft.resync.push(Buffer.from(what.value, "base64url"))
  draft.resyncUntil = entry.time + VALID_MS
  return { states: [[what.target, LAYOUT.seal(draft)]], events: [], releases: [] }
}
