/** What a device runs by its own last word, as its state keeps it, and whether that is revoked by what is in force. Pure. */
import { nameHash } from "@assay/detection"
import { flawedFirmware } from "@assay/knowledge/firmware"
import { cohortSubject, type FirmwareClaim, type Knowledge } from "@assay/trust"
import type { AnomalyDraft, AnomalyState } from "../state.ts"

/** Two hashes of 32 bits, of which a device could only confuse its own: 0 stands for none. */
export type Running = Pick<AnomalyState, "runs" | "runsOf">

/** For the state. */
const hashOfClaim = ({ version, digest }: Pick<FirmwareClaim, "version" | "digest">): number =>
  nameHash(`${version}\0${digest}`) || 1
const hashOfModel = (vendor: string, cls: string): number => nameHash(cohortSubject(vendor, cls)) || 1

/** Remembers what the device says that it runs, in place. */
export const noteRunning = (draft: AnomalyDraft, claim: FirmwareClaim): void => {
  draft.runs = hashOfClaim(claim)
  draft.runsOf = hashOfModel(claim.vendor, claim.class)
}

const keyOf = ({ runs, runsOf }: Running): string => `${runsOf}:${runs}`

/** Flawed firmware by what a state keeps of it. */
export interface Flawed {
  /** Its place in `flawedFirmware`; -1: it is none. */
  indexOf(running: Running): number
}

const known = new WeakMap<Knowledge, Flawed>()

export const flawedIn = (knowledge: Knowledge): Flawed => {
  const before = known.get(knowledge)
  if (before !== undefined) return before
  const places = new Map<string, number>()
  flawedFirmware(knowledge).forEach((one, place) => {
    places.set(keyOf({ runs: hashOfClaim(one), runsOf: hashOfModel(one.vendor, one.class) }), place)
  })
  const made: Flawed = {
    indexOf: (running) => (running.runs === 0 || places.size === 0 ? -1 : (places.get(keyOf(running)) ?? -1)),
  }
  known.set(knowledge, made)
  return made
}

/** Whether a device runs, by its last word, what no device may run any more: then it is trusted no more, however well it behaves. */
export const runsRevoked = (running: Running, knowledge: Knowledge): boolean => {
  const index = flawedIn(knowledge).indexOf(running)
  return index >= 0 && flawedFirmware(knowledge)[index]!.status === "revoked"
}
