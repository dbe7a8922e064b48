/** By which version the stages judge, as the items in force say: nothing else is believed, also after a restart. */
import { type Active, kindOfItem, type LogicVersions } from "@assay/trust"
import { type Kinds, kindOf } from "../kind.ts"

/** Every log begins with these. */
const FIRST_LOGIC: LogicVersions = { identity: 1, credential: 1, integrity: 1, segmentation: 1, anomaly: 1 }

export const logicIn = (kinds: Kinds, items: ReadonlyMap<string, Active<unknown>>): LogicVersions => {
  for (const [key, { body }] of items) {
    const chosen = kindOf(kinds, kindOfItem(key))?.chooses?.(body)
    if (chosen !== undefined) return chosen
  }
  return FIRST_LOGIC
}
