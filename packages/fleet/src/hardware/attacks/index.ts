/** Attacks on hardware and its evidence: they need a world with hardware. */
import type { Attack } from "../../attack.ts"
import { chipNotPossessed } from "./chip-not-possessed.ts"
import { debugLifeCycle } from "./debug-life-cycle.ts"
import { eventLogEdited } from "./event-log-edited.ts"
import { eventLogShort } from "./event-log-short.ts"
import { foreignAttestationKey } from "./foreign-attestation-key.ts"
import { foreignChallenge } from "./foreign-challenge.ts"
import { foreignFwid } from "./foreign-fwid.ts"
import { hardwareMoved } from "./hardware-moved.ts"
import { hardwareSetBack } from "./hardware-set-back.ts"
import { keyNotFixed } from "./key-not-fixed.ts"
import { ownerHierarchy } from "./owner-hierarchy.ts"
import { pcrChanged } from "./pcr-changed.ts"
import { pcrValuesForged } from "./pcr-values-forged.ts"
import { quoteReplayed } from "./quote-replayed.ts"
import { unknownMaker } from "./unknown-maker.ts"
import { weakHash } from "./weak-hash.ts"

/** In the order in which tables show them. */
export const HARDWARE_ATTACKS: ReadonlyArray<Attack> = [
  quoteReplayed,
  foreignChallenge,
  foreignAttestationKey,
  unknownMaker,
  pcrChanged,
  pcrValuesForged,
  eventLogEdited,
  eventLogShort,
  weakHash,
  keyNotFixed,
  ownerHierarchy,
  hardwareMoved,
  hardwareSetBack,
  foreignFwid,
  debugLifeCycle,
  chipNotPossessed,
]
