/** SegmentationPolicy -> what a message is judged by. */
import type { SegmentationPolicy } from "@assay/trust"
import { type DeviceLookup, deviceLookup } from "./assignments.ts"
import { type AudienceLookup, audienceLookup } from "./audiences.ts"
import { buildTable } from "./build-table.ts"
import { type CompiledConduit, compileConduit } from "./conduit.ts"
import type { Table } from "./table.ts"

export interface CompiledPolicy {
  readonly policy: SegmentationPolicy
  readonly table: Table
  readonly conduits: ReadonlyArray<CompiledConduit>
  readonly zoneOfAudience: AudienceLookup
  readonly zoneOfDevice: DeviceLookup
}

const compiled = new WeakMap<SegmentationPolicy, CompiledPolicy>()

/**
 * Compiles a policy once; later calls with the same object are a lookup, and the result goes with the policy.
 * @throws RangeError where the policy exceeds the limits that `parsePolicy` checks
 */
export const compilePolicy = (policy: SegmentationPolicy): CompiledPolicy => {
  const known = compiled.get(policy)
  if (known !== undefined) return known
  const table = buildTable(policy)
  const made: CompiledPolicy = {
    policy,
    table,
    conduits: policy.conduits.map((conduit) => compileConduit(conduit, policy)),
    zoneOfAudience: audienceLookup(policy, table.zoneIndex),
    zoneOfDevice: deviceLookup(policy, table.zoneIndex),
  }
  compiled.set(policy, made)
  return made
}
