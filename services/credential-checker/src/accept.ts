/** Accepting what a device presents. Pure. */
import { type BundleView, type DeviceCredential, type Finding, whyNotInForce } from "@assay/credentials"
import type { ReasonCode, StateView } from "@assay/trust"
import { bindingOf } from "./hardware.ts"
import { type Accepted, type CredentialState, MAX_ACCEPTED } from "./state.ts"

/** Why a credential, whose signature holds, is not accepted from this device; null where it is. */
export const whyNotAccepted = (
  credential: DeviceCredential,
  device: string,
  view: BundleView,
  time: number,
  states: StateView<CredentialState>,
): Finding | null => {
  if (credential.subject !== device) return refused("credential.holder_mismatch", `issued to ${credential.subject}`)
  // Nothing new is believed on stale knowledge, so this is as strict as any act but telemetry.
  const why = whyNotInForce(credential, view, time, false)
  if (why !== null) return why
  if (bindingOf(credential, device, view, time, states) === "taken")
    return refused("credential.hardware_mismatch", `hardware ${credential.hardwareId}`)
  return null
}

const refused = (reason: ReasonCode, offence: string): Finding => ({ reasons: [reason], offence })

/** The kept credentials with one more; the same array where it is kept already, null where there is no room. */
export const keep = (
  accepted: ReadonlyArray<Accepted>,
  { hash, terms, validFrom, validUntil, hardwareId, indices }: DeviceCredential,
  time: number,
): ReadonlyArray<Accepted> | null => {
  if (accepted.some((other) => other.hash === hash)) return accepted
  const room = accepted.filter((other) => other.validUntil > time)
  if (room.length >= MAX_ACCEPTED) {
    // A renewal makes the one that it renews superfluous.
    const renewed = room.findIndex((other) => other.terms === terms && other.validUntil < validUntil)
    if (renewed < 0) return null
    room.splice(renewed, 1)
  }
  room.push({ hash, terms, validFrom, validUntil, hardwareId, indices })
  return room
}
