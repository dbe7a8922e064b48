/**
 * Hardware is bound to the first device of its partition that was admitted with it, for as long as that device holds a
 * credential for it that is in force. Devices of other partitions are out of sight: across those, the binding is the
 * issuer's duty.
 */
import { type BundleView, isWarning, whyNotInForce } from "@assay/credentials"
import type { StateView } from "@assay/trust"
import { whyRevokedIn } from "./revoked.ts"
import { type Accepted, type CredentialState, hardwareKeyOf } from "./state.ts"

export type Binding = "none" | "free" | "own" | "taken"

/** To whom the hardware of a credential is bound, seen from `device`. `none` where it names no hardware. */
export const bindingOf = (
  credential: Pick<Accepted, "hardwareId"> & { readonly terms: Pick<Accepted["terms"], "vendor"> },
  device: string,
  view: BundleView,
  time: number,
  states: StateView<CredentialState>,
  skewMs: number,
): Binding => {
  if (credential.hardwareId === null) return "none"
  const key = hardwareKeyOf(credential.terms.vendor, credential.hardwareId)
  const owner = states.get(key)?.owner ?? null
  if (owner === null) return "free"
  if (owner === device) return "own"
  for (const other of states.get(owner)?.accepted ?? []) {
    if (other.hardwareId === null || hardwareKeyOf(other.terms.vendor, other.hardwareId) !== key) continue
    const why = whyRevokedIn(states, view)(other) ?? whyNotInForce(other, view, time, true, skewMs)
    if (why === null || isWarning(why)) return "taken"
  }
  return "free"
}
