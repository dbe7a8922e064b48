/** Fills the table (`table.ts`) from a policy: conduits first, then guardrails over them. */
import { ACTIONS, type SegmentationPolicy } from "@assay/trust"
import { LIMITS } from "../policy/limits.ts"
import { writeGuardrails } from "./guardrails.ts"
import { ACTION_INDEX, flowIndex, NO_CONDUIT, type Table } from "./table.ts"

/** @throws RangeError where the policy exceeds the limits that `parsePolicy` checks */
export const buildTable = (policy: SegmentationPolicy): Table => {
  const zones = policy.zones.map((zone) => zone.id)
  const classes = [...new Set(policy.conduits.flatMap((c) => c.classes))].sort()
  const width = classes.length + 1
  const size = zones.length ** 2 * ACTIONS.length * width
  if (size > LIMITS.flows) throw new RangeError(`a policy of ${size} flows exceeds ${LIMITS.flows}`)
  const table: Table = {
    zones,
    zoneIndex: new Map(zones.map((zone, i) => [zone, i])),
    classes,
    classIndex: new Map(classes.map((cls, i) => [cls, i])),
    flows: new Int32Array(size).fill(NO_CONDUIT),
  }
  // General conduits first, so that those which name classes overwrite them; each in reverse, so that the first in file
  // order is written last and holds. Guardrails overwrite everything.
  const general = policy.conduits.map((c, i) => [c, i] as const).filter(([c]) => c.classes.length === 0)
  const named = policy.conduits.map((c, i) => [c, i] as const).filter(([c]) => c.classes.length > 0)
  for (const [c, index] of [...general.reverse(), ...named.reverse()]) {
    const from = table.zoneIndex.get(c.from)
    const to = table.zoneIndex.get(c.to)
    if (from === undefined || to === undefined) continue
    for (const action of c.actions) {
      const start = flowIndex(table, from, to, ACTION_INDEX[action], 0)
      if (c.classes.length === 0) table.flows.fill(index, start, start + width)
      else for (const cls of c.classes) table.flows[start + table.classIndex.get(cls)!] = index
    }
  }
  writeGuardrails(policy, table)
  return table
}
