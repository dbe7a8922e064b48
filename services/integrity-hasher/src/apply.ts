/**
 * What control, admission and tick entries do here. Gaps are found by later messages (silence is anomaly-quarantine's), and a
 * new bundle is met by its index. Where two operators let a device begin anew, it is waited for (`resync.ts`): the order itself
 * changes nothing of what is known of it. Where they end its binding to its hardware, that stands for it no more (`unbind.ts`).
 */
import {
  type AdmissionEntry,
  type ControlEntry,
  type Effects,
  NO_EFFECTS,
  type StateView,
  type TickEntry,
} from "@assay/trust"
import { resyncOf } from "@assay/trust/kit"
import { type IntegrityState, LAYOUT } from "./state.ts"
import { unbind, unboundBy } from "./unbind.ts"

export const applyIntegrity = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: StateView<IntegrityState>,
): Effects<IntegrityState> => {
  const unbound = entry.kind === "control" ? unboundBy(entry) : null
  if (unbound !== null) return unbind(unbound, entry.time, states)
  const resync = resyncOf(entry)
  if (resync === null) return NO_EFFECTS
  const { device, until } = resync
  const state = states.get(device)
  if (state === undefined && !states.isAdmitted(device)) return NO_EFFECTS
  const draft = LAYOUT.draft(state)
  draft.resyncUntil = until
  return { states: [[device, LAYOUT.seal(draft)]], events: [], releases: [] }
}
