/** Which way a policy has for a flow, by names: for people who compare policies, not for judging. */
import type { Action, SegmentationPolicy } from "@assay/trust"
import { compilePolicy } from "./compile/compile.ts"
import { ACTION_INDEX, classOf, flowIndex, GUARDRAIL, NO_CONDUIT } from "./compile/table.ts"

/** Who wants to say what, and to whom. */
export interface Wanted {
  readonly device: string
  readonly vendor: string | null
  readonly class: string | null
  /** A plain audience, or the DID of a device (`addresseeOf`). */
  readonly audience: string
  readonly action: Action
}

export interface Path {
  /** The zone of the device; null where it has none. */
  readonly from: string | null
  /** The zone of the audience; null where it lies in none. */
  readonly to: string | null
  /** The conduit that carries the flow; null where none does. */
  readonly conduit: string | null
  /** The guardrail that forbids it; null where none does. */
  readonly guardrail: string | null
}

/** A device is addressed by the trust domain and its DID, and lies in its own zone. @param domain the trust domain, or undefined */
export const addresseeOf = (audience: string, domain: string | undefined): string =>
  domain !== undefined && audience.startsWith(`${domain}did:`) ? audience.slice(domain.length) : audience

export const pathOf = (policy: SegmentationPolicy, wanted: Wanted): Path => {
  const { table, zoneOfDevice, zoneOfAudience } = compilePolicy(policy)
  const from = zoneOfDevice(wanted.device, wanted.vendor, wanted.class)
  const to = zoneOfAudience(wanted.audience)
  const named = { from: table.zones[from] ?? null, to: table.zones[to] ?? null }
  const none = { ...named, conduit: null, guardrail: null }
  if (from < 0 || to < 0) return none
  const flow = table.flows[flowIndex(table, from, to, ACTION_INDEX[wanted.action], classOf(table, wanted.class))]!
  if (flow === NO_CONDUIT) return none
  if (flow <= GUARDRAIL) return { ...none, guardrail: policy.guardrails[GUARDRAIL - flow]!.id }
  return { ...none, conduit: policy.conduits[flow]!.id }
}
