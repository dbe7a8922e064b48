/**
 * The ruling of every flow as one integer. Layout: `((from * zones + to) * 5 + action) * (classes + 1) + class`, where
 * the last class stands for every class that no conduit names, and for devices whose class is not known.
 *   flow >= 0   index of the conduit that carries the flow
 *   flow == -1  no conduit
 *   flow <= -2  forbidden by guardrail `-2 - flow`
 */
import { ACTIONS, type Action } from "@assay/trust"

export const NO_CONDUIT = -1
/** The flow of guardrail 0; guardrail n has `GUARDRAIL - n`. */
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
  readonly flows: Int32Array
}

/** The position of a flow in `flows`. All arguments are indexes. */
export const flowIndex = (table: Table, from: number, to: number, action: number, cls: number): number =>
  ((from * table.zones.length + to) * ACTIONS.length + action) * (table.classes.length + 1) + cls

/** The index of a class; classes that no conduit names share the last one. */
export const classOf = (table: Table, deviceClass: string | null): number =>
  (deviceClass === null ? undefined : table.classIndex.get(deviceClass)) ?? table.classes.length
