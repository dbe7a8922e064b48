/** Accepting what a device presents. Pure. */
import {
  type BundleView,
  type DeviceCredential,
  type Finding,
  isOver,
  isWarning,
  whyNotInForce,
} from "@assay/credentials"
import type { ReasonCode, StateView } from "@assay/trust"
import { bindingOf } from "./hardware.ts"
import { type WhyRevoked, whyRevokedIn } from "./revoked.ts"
import { type Accepted, add, type CredentialDraft, type CredentialState, MAX_ACCEPTED } from "./state.ts"

/** Why a credential, whose signature holds, is not accepted from this device; null where it is. */
export const whyNotAccepted = (
  credential: DeviceCredential,
  device: string,
  view: BundleView,
  time: number,
  states: StateView<CredentialState>,
  skewMs: number,
): Finding | null => {
  if (credential.subject !== device) return refused("credential.holder_mismatch", `issued to ${credential.subject}`)
  // Nothing new is believed on stale knowledge, so this is as strict as any act but telemetry.
  const why = whyRevokedIn(states, view)(credential) ?? whyNotInForce(credential, view, time, false, skewMs)
  if (why !== null) return why
  if (bindingOf(credential, device, view, time, states, skewMs) === "taken")
    return refused("credential.hardware_mismatch", `hardware ${credential.hardwareId}`)
  return null
}

const refused = (reason: ReasonCode, offence: string): Finding => ({ reasons: [reason], offence })

/**
 * Keeps one more credential, in place.
 * @returns `known` where it is kept already, `full` where there is no room: the draft is then as it was
 */
export const keep = (
  draft: CredentialDraft,
  credential: DeviceCredential,
  view: BundleView,
  time: number,
  skewMs: number,
  whyRevoked: WhyRevoked,
): "kept" | "known" | "full" => {
  const { accepted } = draft
  for (const { hash } of accepted) if (hash === credential.hash) return "known"
  for (let i = accepted.length - 1; i >= 0; i--) if (accepted.at(i).validUntil <= time) accepted.remove(i)
  if (accepted.length === MAX_ACCEPTED) {
    const least = superfluous([...accepted], credential, view, time, skewMs, whyRevoked)
    if (least < 0) return "full"
    accepted.remove(least)
  }
  add(draft, credential)
  return "kept"
}

/**
 * Which of the kept ones makes room, or -1: first one that will never count again; then one with the same terms that ends
 * no later, which the new one renews; then one that does not count at present, which the device can show again.
 */
const superfluous = (
  kept: ReadonlyArray<Accepted>,
  { terms, validUntil }: DeviceCredential,
  view: BundleView,
  time: number,
  skewMs: number,
  whyRevoked: WhyRevoked,
): number => {
  const found = kept.map((one) => whyRevoked(one) ?? whyNotInForce(one, view, time, true, skewMs))
  const over = found.findIndex((why) => why !== null && isOver(why))
  if (over >= 0) return over
  const renewed = kept.findIndex((one) => one.terms.text === terms.text && one.validUntil <= validUntil)
  return renewed >= 0 ? renewed : found.findIndex((why) => why !== null && !isWarning(why))
}
