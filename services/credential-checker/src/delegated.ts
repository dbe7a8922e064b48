/**
 * May this gateway speak for this device? A device that cannot sign has no credential: a delegation in force must name it, and the
 * gateway's own credential must cover what it says. Pure.
 */
import type { BundleView, Terms } from "@assay/credentials"
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
  type Verdict,
} from "@assay/trust"
import { NO_REASONS, verdictOf } from "@assay/trust/kit"
import { bindingOf } from "./hardware.ts"
import { LOGIC_VERSION } from "./logic.ts"
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

/** A verdict that rests on the bundle and on the delegation. @param detail is put into JSON */
export const verdictBy = (
  { delegation }: Pick<Delegated, "delegation">,
  view: BundleView,
  assurance: Assurance,
  reasons: ReadonlyArray<ReasonCode>,
  detail: Readonly<Record<string, string>> | null,
): Verdict =>
  verdictOf(LOGIC_VERSION, {
    reasons,
    knowledge: [...view.cited, delegation.hash],
    assurance,
    detail: detail === null ? null : JSON.stringify(detail),
  })

const passes = new WeakMap<
  Active<Delegation>,
  { readonly view: BundleView; readonly verdicts: Map<Assurance, Verdict> }
>()

/** The verdict on a message in order: one object for as long as bundle and delegation stay. */
export const passBy = (delegated: Delegated, view: BundleView, assurance: Assurance): Verdict => {
  let known = passes.get(delegated.delegation)
  if (known === undefined || known.view !== view) {
    known = { view, verdicts: new Map() }
    passes.set(delegated.delegation, known)
  }
  let verdict = known.verdicts.get(assurance)
  if (verdict === undefined) {
    verdict = verdictBy(delegated, view, assurance, NO_REASONS, null)
    known.verdicts.set(assurance, verdict)
  }
  return verdict
}

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
