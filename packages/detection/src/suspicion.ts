/**
 * How alarms and evidence add up over messages: a suspicion 0..1 for each family of evidence, an exponentially weighted
 * mean (EWMA; Roberts 1959) with the gain of the alarm as its weight, and strikes within a window. In place.
 */
import type { DetectionConfig } from "./config.ts"
import { gainOf } from "./detectors/index.ts"
import type { Device, DeviceDraft } from "./device.ts"
import { type Evidence, type Grounds, groundsOf } from "./evidence.ts"
import { CONDUCT, FAMILIES } from "./families.ts"

/** What one message brought. */
export interface Observation {
  /** Signal set of the detectors (see detector-set.ts). */
  readonly signals: number
  readonly evidence: Evidence
  /** Proven, without fault, and with nothing missing: it counts towards trust. */
  readonly clean: boolean
}

type Suspicion = DeviceDraft["suspicion"]

/** Certainty is approached in steps of the gain, and fades only with messages that do not alarm: a hysteresis. */
export const suspect = (suspicion: Suspicion, seen: Observation, { calming }: DetectionConfig): void => {
  const { signals, evidence, clean } = seen
  for (let family = 0; family < FAMILIES.length; family++) {
    const gain = family === CONDUCT ? evidence.weight / 2 : gainOf(signals, family)
    const level = suspicion.at(family)
    if (gain > 0) suspicion.set(family, level + (1 - level) * gain)
    else if (clean || family !== CONDUCT) suspicion.set(family, level * calming)
  }
}

/** How many families have at least this suspicion. */
export const countAbove = (suspicion: Device["suspicion"], level: number): number => {
  let count = 0
  for (let family = 0; family < FAMILIES.length; family++) if (suspicion.at(family) >= level) count++
  return count
}

/** Counts a strike where there is one. @returns whether this message proves a fault: at once, or by one strike too many */
export const isProof = (device: DeviceDraft, evidence: Evidence, time: number, config: DetectionConfig): boolean => {
  if (evidence.quarantine) return true
  if (!evidence.strike) return false
  if (time - device.struck >= config.strikeWindowMs) {
    device.struck = time
    device.strikes = 0
  }
  device.strikes += 1
  // Those of a quarantine stand, and one strike more is no proof.
  if (device.trust !== "quarantined")
    device.grounds = groundsOf(evidence.causes) | (device.strikes === 1 ? 0 : device.grounds)
  return device.strikes >= config.strikes
}

/** What a message proves that `isProof` says proves a fault. */
export const provenBy = ({ grounds }: Pick<Device, "grounds">, { quarantine, causes }: Evidence): Grounds =>
  quarantine ? groundsOf(causes) : grounds | groundsOf(causes)
