/** Two operators' order that a device begins anew, to those stages whose state of it does. */
import type { AdmissionEntry, ControlEntry, TickEntry } from "../stage.ts"
import type { Verdict } from "../verdict.ts"

export interface Resync {
  /** DID of the device. */
  readonly device: string
  /** What its first message bears as `prv`, as the command names it. */
  readonly value: string
  /** When that is good no more, milliseconds since 1970: from then on the order is as if it had not been given. */
  readonly until: number
}

/** How long the one-time value is good, in milliseconds: somebody must go to the device. */
const VALID_MS = 7 * 86_400_000

/** Null for every other entry, and for an order that was refused. */
export const resyncOf = (entry: ControlEntry | AdmissionEntry | TickEntry): Resync | null => {
  if (entry.kind !== "control" || !entry.control.accepted) return null
  const { what } = entry.control
  if (what.kind !== "command" || what.verb !== "resync" || what.value === undefined) return null
  return { device: what.target, value: what.value, until: entry.time + VALID_MS }
}

/** Whether the message bears that value, as identity-resolver found: its device's sequence begins anew with it. */
export const isResynced = (identity: Verdict | null): boolean =>
  identity !== null && identity.reasons.length > 0 && identity.reasons.includes("identity.resynced")
