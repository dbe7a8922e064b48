/** Two operators' order that a device begins anew, to those stages whose state of it does. */
import type { AdmissionEntry, ControlEntry, TickEntry } from "../stage.ts"

export interface Resync {
  /** DID of the device. */
  readonly device: string
  /** What its first message bears as `prv`, as the command names it. */
  readonly value: string
}

/** Null for every other entry, and for an order that was refused. */
export const resyncOf = (entry: ControlEntry | AdmissionEntry | TickEntry): Resync | null => {
  if (entry.kind !== "control" || !entry.control.accepted) return null
  const { what } = entry.control
  if (what.kind !== "command" || what.verb !== "resync" || what.value === undefined) return null
  return { device: what.target, value: what.value }
}
