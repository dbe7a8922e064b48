/** Accepting what a device presents. Pure. */
import { type BundleView, type DeviceCredential, type Finding, whyNotInForce } from "@assay/credentials"
import type { ReasonCode, StateView } from "@assay/trust"
import { bindingOf } from "./hardware.ts"
import { add, type CredentialDraft, type CredentialState, MAX_ACCEPTED } from "./state.ts"

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

/**
 * Keeps one more credential, in place.
 * @returns `known` where it is kept already, `full` where there is no room: the draft is then as it was
 */
export const keep = (draft: CredentialDraft, credential: DeviceCredential, time: number): "kept" | "known" | "full" => {
  const { accepted } = draft
  for (const { hash } of accepted) if (hash === credential.hash) return "known"
  for (let i = accepted.length - 1; i >= 0; i--) if (accepted.at(i).validUntil <= time) accepted.remove(i)
  if (accepted.length === MAX_ACCEPTED) {
    // A renewal makes the one that it renews superfluous.
    const { terms, validUntil } = credential
    const renewed = [...accepted].findIndex((other) => other.terms.text === terms.text && other.validUntil < validUntil)
    if (renewed < 0) return "full"
    accepted.remove(renewed)
  }
  add(draft, credential)
  return "kept"
}
