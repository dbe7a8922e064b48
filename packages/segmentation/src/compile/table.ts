/**
 * The ruling of every flow as one integer. Layout: `((from * zones + to) * 5 + action) * (classes + 1) + class`, where
 * the last class stands for every class that no conduit names, and for devices whose class is not known.
 *   cell >= 0   index of the conduit that carries the flow
 *   cell == -1  no conduit
 *   cell <= -2  forbidden by guardrail `-2 - cell`
 */
import { ACTIONS, type Action, type SegmentationPolicy } from "@assay/trust"
import { ANY_ZONE, covers, zonesById } from "../hierarchy.ts"
import { LIMITS } from "../policy/limits.ts"

export const NO_CONDUIT = -1
/** The cell of guardrail 0; guardrail n has `GUARDRAIL - n`. */
export const GUARDRAIL = -2

export const ACTION_INDEX: Readonly<Record<Action, number>> = {
  telemetry: 0,
  event: 1,
  command: 2,
  config: 3,
  firmware: 4,
}

export interface Table {
  readonly zones: ReadonlyArray<string>
  readonly zoneIndex: ReadonlyMap<string, number>
  /** The classes that conduits name; index `classes.length` is every other one. */
  readonly classes: ReadonlyArray<string>
  readonly classIndex: ReadonlyMap<string, number>
  readonly cells: Int32Array
}

/** @throws RangeError where the policy exceeds the limits that `parsePolicy` checks */
export const buildTable = (policy: SegmentationPolicy): Table => {
  const zones = policy.zones.map((zone) => zone.id)
  const classes = [...new Set(policy.conduits.flatMap((c) => c.classes))].sort()
  const width = classes.length + 1
  const size = zones.length ** 2 * ACTIONS.length * width
  if (size > LIMITS.cells) throw new RangeError(`a policy of ${size} cells exceeds ${LIMITS.cells}`)
  const table: Table = {
    zones,
    zoneIndex: new Map(zones.map((zone, i) => [zone, i])),
    classes,
    classIndex: new Map(classes.map((cls, i) => [cls, i])),
    cells: new Int32Array(size).fill(NO_CONDUIT),
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
      const start = cellOf(table, from, to, ACTION_INDEX[action], 0)
      if (c.classes.length === 0) table.cells.fill(index, start, start + width)
      else for (const cls of c.classes) table.cells[start + table.classIndex.get(cls)!] = index
    }
  }
  writeGuardrails(policy, table, width)
  return table
}

/** The first in file order holds. A bit per action remembers what is shut, so that wide guardrails cost one look each. */
const writeGuardrails = (policy: SegmentationPolicy, table: Table, width: number): void => {
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
          const start = cellOf(table, from, to, action, 0)
          table.cells.fill(GUARDRAIL - g, start, start + width)
        }
      }
  }
}

/** The position of a flow in `cells`. All arguments are indexes. */
export const cellOf = (table: Table, from: number, to: number, action: number, cls: number): number =>
  ((from * table.zones.length + to) * ACTIONS.length + action) * (table.classes.length + 1) + cls

/** The index of a class; classes that no conduit names share the last one. */
export const classOf = (table: Table, deviceClass: string | null): number =>
  (deviceClass === null ? undefined : table.classIndex.get(deviceClass)) ?? table.classes.length
