/** What is remembered of one device: its trust, its evidence, its rhythm, and a baseline for each measurement. */
import { array, type DraftOf, f64, list, oneOf, type ReaderOf, safe, u8, u16, u32, u48 } from "@assay/layout"
import { TRUST_STATES } from "@assay/trust"
import { ARRIVALS } from "./arrivals.ts"
import { BASELINE } from "./baseline.ts"
import { DETECTION_DEFAULTS } from "./config.ts"
import { arrivalFields, readingFields } from "./detectors/index.ts"
import { FAMILIES } from "./families.ts"

/**
 * Why a device is quarantined. `proven`: by signed evidence; never timed, released by two operators only. `reference`: the
 * same, by what our firmware references say alone, so that the signed correction of these ends it too. `resync`: operators have
 * ordered it to begin anew, and until it does so with the one-time value it stays where it is, and more proof says nothing new.
 */
export const CAUSES = ["none", "statistical", "proven", "operator", "reference", "resync"] as const
export type Cause = (typeof CAUSES)[number]

/** The most measurements of a device that can be watched, whatever is configured. */
export const MEASUREMENTS_MAX = 64

/** Versions of firmware that a device was learned for, of late. */
export const FIRMWARE_KEPT = 4

/** What is remembered of one measurement: the shared baseline (see baseline.ts), and what each detector keeps. */
export const MEASUREMENT = { ...BASELINE, ...readingFields } as const

/** Times are milliseconds since 1970. The service that keeps devices may add fields of its own. */
export const DEVICE = {
  trust: oneOf(TRUST_STATES),
  /** When the trust state was entered. */
  since: safe(),
  /** When a timed quarantine ends; 0 where only an operator ends it. */
  until: u48(),
  cause: oneOf(CAUSES),
  /** All that a quarantine rests on but habits (see evidence.ts, `Grounds`); of any other device what its strikes were for. */
  grounds: u16(),
  /** Quarantines so far: the cooldown grows with them. */
  repeats: u32(),
  /** Clean messages in a row (positive), or messages with two families alarmed in a row (negative). */
  run: safe(),
  /** Evidence for and against, with forgetting (see reputation.ts). */
  good: f64(),
  bad: f64(),
  /** The rhythm of the device (see arrivals.ts), and what each detector keeps. */
  ...ARRIVALS,
  ...arrivalFields,
  /** Suspicion 0..1 of each family of evidence, in the order of FAMILIES. */
  suspicion: array(f64(), FAMILIES.length),
  /** Strikes within the window that began at `struck` (see suspicion.ts). */
  strikes: u32(),
  struck: safe(),
  /** Silence after which its trust lapses, as the profile said when it was last heard; in milliseconds. */
  staleMs: safe(DETECTION_DEFAULTS.staleMs),
  /** Messages that a known change still has to be learned in, and the firmware that it was learned for, the one that runs first (see relearning.ts). */
  relearning: u8(),
  firmware: array(u32(), FIRMWARE_KEPT),
  /** The class for which it was counted, and what it reported of its first measurements in that window (see class-changes.ts). */
  class: u32(),
  classWindow: u32(),
  classReported: u16(),
  /** When all the re-learnings that its own word opened are forgotten, in hours since 1970; and the messages that are owed for them. */
  reopens: u32(),
  owed: u16(),
  /** Messages since `heard` that link to nothing (see links.ts). */
  unlinked: u8(),
  measurements: list(MEASUREMENT, MEASUREMENTS_MAX),
} as const

export type Device = ReaderOf<typeof DEVICE>
export type DeviceDraft = DraftOf<typeof DEVICE>
export type MeasurementDraft = ReturnType<DeviceDraft["measurements"]["at"]>

/** Begins the record of a device never seen, in place: learning, no evidence, no measurements. */
export const begin = (device: DeviceDraft, time: number): void => {
  device.since = time
  device.heard = time
}

/** The measurement of a name, or null. */
export const findMeasurement = (device: DeviceDraft, name: number): MeasurementDraft | null => {
  const { measurements } = device
  for (let index = 0; index < measurements.length; index++) {
    const measurement = measurements.at(index)
    if (measurement.name === name) return measurement
  }
  return null
}

/** Adds a measurement behind the last one, in place. */
export const addMeasurement = (device: DeviceDraft, name: number): MeasurementDraft => {
  const measurement = device.measurements.push()
  measurement.name = name
  return measurement
}

/** Forgets what was learned of values and rhythm, in place: an operator has approved a new baseline. */
export const forget = (device: DeviceDraft): void => {
  device.measurements.clear()
  device.flood = 0
  device.rate = 0
  device.gap = 0
  device.gaps = 0
  device.longest = 0
  device.relearning = 0
  clearSuspicion(device)
  device.strikes = 0
  device.run = 0
  device.unlinked = 0
}

/** Clears the suspicion of all families, in place. */
export const clearSuspicion = (device: DeviceDraft): void => {
  for (let family = 0; family < FAMILIES.length; family++) device.suspicion.set(family, 0)
}

/** FNV-1a, 32 bits, over UTF-16 units. Two names of one device collide with 2^-32; the device would only confuse itself. */
export const nameHash = (name: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
