/** What entries other than messages do here: an admission binds the device's hardware. Expiry and status need no tick. */
import {
  type AdmissionEntry,
  type AuditDraft,
  type ControlEntry,
  type Effects,
  NO_EFFECTS,
  type StateView,
  type TickEntry,
} from "@assay/trust"
import type { CredentialFacts } from "./facts.ts"
import { bindingOf } from "./hardware.ts"
import type { CredentialRules } from "./limits.ts"
import { revokedBy } from "./revoked.ts"
import { type Accepted, boundTo, type CredentialState, hardwareKeyOf, without } from "./state.ts"

export const applyCredential = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: StateView<CredentialState>,
  { view }: CredentialFacts,
  { skewMs }: Pick<CredentialRules, "skewMs">,
): Effects<CredentialState> => {
  if (entry.kind === "control") {
    const revoked = revokedBy(entry)
    return revoked.length === 0 ? releaseHardware(entry, states) : { states: revoked, events: [], releases: [] }
  }
  if (entry.kind !== "admission" || view === null) return NO_EFFECTS
  const { device, time } = entry
  const state = states.get(device)
  if (state === undefined) return NO_EFFECTS
  const bound: Array<readonly [string, CredentialState]> = []
  const lost: number[] = []
  const events: AuditDraft[] = []
  for (const [index, credential] of [...state.accepted].entries()) {
    const binding = bindingOf(credential, device, view, time, states, skewMs)
    // Two devices may have presented the same hardware before either was admitted: the first admission wins.
    if (binding === "taken") {
      events.push(mismatch(device, credential))
      lost.push(index)
    }
    if (binding === "free") bound.push([keyOf(credential), boundTo(device, time)])
  }
  if (lost.length > 0) bound.push([device, without(state, lost)])
  return bound.length === 0 ? NO_EFFECTS : { states: bound, events, releases: [] }
}

/** The hardware of an erased device is nobody's: its row names the device. */
const releaseHardware = ({ control }: ControlEntry, states: StateView<CredentialState>): Effects<CredentialState> => {
  const { accepted: isAccepted, what } = control
  const device = isAccepted && what.kind === "command" ? (what.erasure?.device ?? null) : null
  const credentials = device === null ? [] : [...(states.get(device)?.accepted ?? [])]
  const held = credentials.filter(({ hardwareId }) => hardwareId !== null)
  const own = held.map(keyOf).filter((key) => states.get(key)?.owner === device)
  return own.length === 0 ? NO_EFFECTS : { states: own.map((key) => [key, null] as const), events: [], releases: [] }
}

const keyOf = ({ terms, hardwareId }: Accepted): string => hardwareKeyOf(terms.vendor, hardwareId!)

const mismatch = (device: string, { hash, hardwareId }: Accepted): AuditDraft => ({
  kind: "incident",
  detail: JSON.stringify({ reason: "credential.hardware_mismatch", device, credential: hash, hardwareId }),
})
