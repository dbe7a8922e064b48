/**
 * What control, admission and tick entries do here. Gaps are found by later messages (silence is anomaly-quarantine's), and a
 * new bundle is met by its index. Where two operators let a device begin anew, so does its chain, with the first message that
 * bears the value, and its firmware mark falls: what it runs next is taken as the first that is known.
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

export const applyIntegrity = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: StateView<IntegrityState>,
): Effects<IntegrityState> => {
  const resync = resyncOf(entry)
  if (resync === null) return NO_EFFECTS
  const { device, value } = resync
  const state = states.get(device)
  if (state === undefined) return NO_EFFECTS
  const draft = LAYOUT.draft(state)
  draft.resync.clear()
  draft.resync.push(value)
  draft.svn = -1
  draft.risingSvn = -1
  return { states: [[device, LAYOUT.seal(draft)]], events: [], releases: [] }
}
