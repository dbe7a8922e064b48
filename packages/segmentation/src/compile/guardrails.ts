/** Guardrails in the table: they overwrite whatever conduits wrote there. */
import { ACTIONS, type SegmentationPolicy } from "@assay/trust"
import { ANY_ZONE, covers, zonesById } from "../hierarchy.ts"
import { ACTION_INDEX, flowIndex, GUARDRAIL, type Table } from "./table.ts"

/** The first in file order holds. A bit per action remembers what is shut, so that wide guardrails cost one look each. */
export const writeGuardrails = (policy: SegmentationPolicy, table: Table): void => {
  const width = table.classes.length + 1
  const zones = zonesById(policy)
  const covered = (zone: string): ReadonlyArray<number> =>
    table.zones.flatMap((id, i) => (zone === ANY_ZONE || covers(zone, id, zones) ? [i] : []))
  const shut = new Uint8Array(table.zones.length ** 2)
  for (const [g, guardrail] of policy.guardrails.entries()) {
    const forbids = guardrail.actions.reduce((bits, action) => bits | (1 << ACTION_INDEX[action]), 0)
    const targets = covered(guardrail.to)
    for (const from of covered(guardrail.from))
      for (const to of targets) {
        const pair = from * table.zones.length + to
        const fresh = forbids & ~shut[pair]!
        if (fresh === 0) continue
        shut[pair] = shut[pair]! | forbids
        for (let action = 0; action < ACTIONS.length; action++) {
          if ((fresh & (1 << action)) === 0) continue
          const start = flowIndex(table, from, to, action, 0)
          table.flows.fill(GUARDRAIL - g, start, start + width)
        }
      }
  }
}
