/**
 * What controls, admissions and ticks do here: two operators let a device begin anew (`positions/resync.ts`), or revoke one key of a
 * document (`revoked.ts`). Revoked devices keep their sequence; the last stage decides on them.
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
import { keyRevokedBy } from "./revoked.ts"
import { type IdentityState, LAYOUT } from "./state.ts"
import { hashOfClass } from "./volatile.ts"

export const applyIdentity = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: StateView<IdentityState>,
): Effects<IdentityState> => {
  const revoked = entry.kind === "control" ? keyRevokedBy(entry) : []
  if (revoked.length > 0) return { states: revoked, events: [], releases: [] }
  const resync = resyncOf(entry)
  if (resync === null) return NO_EFFECTS
  const { device, value, until } = resync
  const state = states.get(device)
  if (state === undefined && !states.isAdmitted(device)) return NO_EFFECTS
  const draft = LAYOUT.draft(state)
  draft.resync.clear()
  draft.resync.push(Buffer.from(value, "base64url"))
  draft.resyncUntil = until
  return { states: [[device, LAYOUT.seal(draft)]], events: [], releases: [] }
}

/** An admission: the class by which the device was admitted is kept, which no message of this stage names. */
export const keepClass = (
  { device }: AdmissionEntry,
  states: StateView<IdentityState>,
  deviceClass: string | null,
): Effects<IdentityState> => {
  const state = states.get(device)
  const hashed = deviceClass === null ? 0 : hashOfClass(deviceClass)
  if (hashed === 0 || state?.class === hashed) return NO_EFFECTS
  const draft = LAYOUT.draft(state)
  draft.class = hashed
  return { states: [[device, LAYOUT.seal(draft)]], events: [], releases: [] }
}
