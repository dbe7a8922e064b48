/**
 * May this gateway speak for this device? A device that cannot sign has no credential: a delegation in force must name it, and the
 * gateway's own credential must cover what it says. Pure.
 */
import type { BundleView, Ground, Terms } from "@assay/credentials"
import {
  type Active,
  ASSURANCES,
  type Assurance,
  DELEGATION_KIND,
  type DelegatedDevice,
  type Delegation,
  delegateIn,
  delegateOf,
  delegationOf,
  type Knowledge,
  kindOfItem,
  type ReasonCode,
  type StateView,
  type Subject,
  signerOf,
} from "@assay/trust"
import { bindingOf } from "./hardware.ts"
import type { CredentialState } from "./state.ts"

/** A delegation that names the device. */
export interface Delegated {
  readonly delegation: Active<Delegation>
  readonly device: DelegatedDevice
}

export interface NotDelegated {
  readonly reason: ReasonCode
  /** For people. */
  readonly offence: string
}

/** @param id of the delegated device (`delegatedId`) @param time of the entry, milliseconds since 1970 */
export const delegatedTo = (
  id: string,
  knowledge: Knowledge,
  view: BundleView,
  time: number,
  states: StateView<CredentialState>,
  skewMs: number,
): Delegated | NotDelegated => {
  const gateway = signerOf(id)
  const name = delegateOf(id)!
  // Whatever a delegation says: no gateway speaks for a key.
  if (/^did:/i.test(name)) return { reason: "credential.delegate_has_key", offence: `${gateway} speaks for ${name}` }
  const delegation = delegationOf(knowledge, gateway)
  if (delegation === null) return { reason: "credential.delegation_missing", offence: `of ${gateway}` }
  if (time >= delegation.expires)
    return { reason: "credential.delegation_expired", offence: new Date(delegation.expires).toISOString() }
  const device = delegateIn(delegation, name)
  if (device === undefined) {
    // It was admitted under a delegation that named it: the delegation changed, not the gateway.
    const reason = states.isAdmitted(id) ? "credential.delegation_withdrawn" : "credential.delegation_undeclared"
    return { reason, offence: `${name} is not named by version ${delegation.version}` }
  }
  const hardware = { hardwareId: name, terms: { vendor: device.vendor } }
  return bindingOf(hardware, id, view, time, states, skewMs) === "taken"
    ? { reason: "credential.delegation_conflict", offence: `${name} of ${device.vendor} signs for itself` }
    : { delegation, device }
}

/** What a gateway says of another one is a claim, however well the gateway's own key is kept. */
const atMostClaimed = (assurance: Assurance): Assurance =>
  ASSURANCES.indexOf(assurance) < ASSURANCES.indexOf("claimed") ? assurance : "claimed"

/** What later stages get to know of the device. */
export const subjectOf = ({ device }: Delegated, { assurance }: Pick<Terms, "assurance">): Subject => ({
  vendor: device.vendor,
  class: device.class,
  assurance: atMostClaimed(assurance),
})

/**
 * What a verdict on the device rests on: what its gateway's credential rests on, and the delegation. One object for as long as both
 * stay.
 */
export const groundOf = ({ delegation }: Delegated, gateway: Ground): Ground => {
  let known = grounds.get(delegation)
  if (known === undefined || known.gateway !== gateway) {
    known = { gateway, cited: [...gateway.cited, delegation.hash] }
    grounds.set(delegation, known)
  }
  return known
}
const grounds = new WeakMap<Active<Delegation>, Ground & { readonly gateway: Ground }>()

/** The gateway whose delegation names this hardware, though a device with a key of its own holds it; null where none does. */
export const alsoDelegatedTo = (
  vendor: string,
  hardwareId: string,
  { items }: Pick<Knowledge, "items">,
  time: number,
): string | null => {
  for (const [key, item] of items) {
    if (kindOfItem(key) !== DELEGATION_KIND || item.expires <= time) continue
    const delegation = item as Active<Delegation>
    if (delegateIn(delegation, hardwareId)?.vendor === vendor) return delegation.body.gateway
  }
  return null
}
