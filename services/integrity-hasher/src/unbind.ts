/**
 * Operators end the binding of a device to its hardware: a board was replaced, or sold. What the hardware stood for ends at once, and
 * what was endorsed for the device before counts no more, so that the same hardware may stand for another device.
 */
import type { ControlEntry, Effects, StateView } from "@assay/trust"
import { loweredEvent } from "./appraisal/record.ts"
import { type IntegrityState, LAYOUT } from "./state.ts"

/** The device that an accepted command is about; null for every other entry. */
export const unboundBy = ({ control }: ControlEntry): string | null => {
  const { accepted, what } = control
  return accepted && what.kind === "command" && what.verb === "unbind" && new Set(what.signers).size >= 2
    ? what.target
    : null
}

/** Also of a device that is not known yet: what was endorsed for it must not count when it comes. */
export const unbind = (device: string, time: number, states: StateView<IntegrityState>): Effects<IntegrityState> => {
  const draft = LAYOUT.draft(states.get(device))
  const row = draft.appraised.length === 0 ? draft.appraised.push() : draft.appraised.at(0)
  const stands = row.until !== 0
  row.until = 0
  row.boundFrom = time
  return {
    states: [[device, LAYOUT.seal(draft)]],
    events: stands ? [loweredEvent(device, "operators ended its binding to this hardware")] : [],
    releases: [],
  }
}
