/** The named steps of judge.ts. Pure. */
import {
  addMeasurement,
  countLink,
  countMessage,
  type Declared,
  type Device,
  type DeviceDraft,
  type Evidence,
  findMeasurement,
  isRelearning,
  type MeasurementDraft,
  NO_EVIDENCE,
  nameHash,
  observe,
  periodInForce,
  uncertaintyOf,
  weigh,
} from "@assay/detection"
import {
  ASSURANCES,
  type AssayedMessage,
  type Assurance,
  itemKey,
  type Knowledge,
  type MessageClaims,
  mayLearn,
  type ReasonCode,
  STAGES,
  type TrustState,
  type Verdicts,
} from "@assay/trust"
import { isAttributed, joined } from "@assay/trust/kit"
import type { ClassView } from "./class-view.ts"
import { type DeclaredOf, periodOf } from "./declared.ts"
import type { AnomalyLimits } from "./limits.ts"

/** What the four stages before this one found. */
export interface Earlier {
  /** One of them failed, or is missing: a missing fact is never trusted. */
  readonly failed: boolean
  /** None failed and none named an unproven reason: the message may teach. */
  readonly mayLearn: boolean
  /** One named a reason that a mere carrier can cause: how often the device speaks, the message does not say. */
  readonly unproven: boolean
  /** One named a reason that leaves open whether the device speaks now: it may have been signed long ago, or by a copy. */
  readonly late: boolean
  /** How it is linked, see `countLink`. */
  readonly link: "held" | "aside" | "none"
  readonly evidence: Evidence
}

/** With these a message shows nothing of whether its device speaks now. */
const LATE: ReadonlySet<ReasonCode> = new Set([
  "identity.stale",
  "identity.backfill",
  "identity.future",
  "identity.contested",
  "identity.rival",
  "credential.stale",
  "credential.backfill",
])
/** With these a contested message links to no other one. */
const UNLINKED: ReadonlySet<ReasonCode> = new Set([
  "integrity.chain_pending",
  "integrity.chain_unknown",
  "integrity.chain_broken",
])

export const readEarlier = (verdicts: Verdicts): Earlier => {
  let failed = false
  let unproven = false
  let late = false
  let reasons: ReadonlyArray<ReasonCode> = []
  for (const stage of STAGES) {
    if (stage === "anomaly") continue
    const verdict = verdicts[stage]
    if (verdict === null || verdict.outcome === "fail") failed = true
    if (verdict === null || verdict.reasons.length === 0) continue
    if (!isAttributed(verdict)) {
      unproven = true
      late ||= verdict.reasons.some((code) => LATE.has(code))
    }
    reasons = joined(reasons, verdict.reasons)
  }
  const evidence = reasons.length === 0 ? NO_EVIDENCE : weigh(reasons)
  return {
    failed,
    mayLearn: !failed && mayLearn(verdicts),
    unproven,
    late,
    link: late ? linkOf(verdicts) : "held",
    evidence,
  }
}

const linkOf = ({ identity, integrity }: Verdicts): Earlier["link"] => {
  if (identity === null || !identity.reasons.includes("identity.contested")) return "held"
  return integrity === null || integrity.reasons.some((code) => UNLINKED.has(code)) ? "none" : "aside"
}

/** How a message is looked at. */
export interface Looked {
  readonly earlier: Earlier
  /** Whether the message may teach. */
  readonly learn: boolean
  readonly admitted: boolean
  /** Of the device, before this message. */
  readonly trust: TrustState
  /** What the profile declares; null where it declares nothing. */
  readonly declaredOf: DeclaredOf | null
  /** The device's class; null where no credential names one. */
  readonly view: ClassView | null
  readonly config: AnomalyLimits
}

/**
 * Feeds the detectors, in place. Values of a message that failed before are not even looked at.
 * @returns what alarmed
 */
export const detect = (
  device: DeviceDraft,
  message: AssayedMessage,
  claims: MessageClaims,
  { earlier, learn, admitted, trust, declaredOf, view, config }: Looked,
): number => {
  const { iat, epo, seq } = claims
  const declares = (name: string): Declared | null => declaredOf?.(message.subject, name) ?? null
  const periodMs = declaredOf === null ? 0 : declaredPeriod(device, message, declares)
  if (periodMs > 0) device.staleMs = Math.max(device.staleMs, PERIODS * periodMs)
  let signals = 0
  countLink(device, earlier.link)
  if (!earlier.unproven)
    signals = countMessage(device, { time: message.time, iat, epo, seq, periodMs }, learn, config.detection)
  // What was held back, or may be a copy's, does not keep up the trust of a device that is silent.
  else if (!earlier.late) device.heard = message.time
  // A stranger keeps no measurements: the crowd of strangers must stay small.
  if (earlier.failed || !admitted) return signals
  const free = isRelearning(device)
  // All of them: how many a message may carry is the claims' bound. What is not looked at would be the place to lie.
  for (const reading of message.readings) {
    if (reading.value === null) continue
    const measurement = measurementOf(device, nameHash(reading.name), learn, config)
    if (measurement === null) continue
    // By the reading's own time, which may be a little before that of the message, never by one that lies elsewhere.
    const time = reading.time <= iat && reading.time > iat - PACK_SECONDS ? reading.time : iat
    const declared = declares(reading.name)
    const { kind } = measurement
    const isGauge = kind === "gauge" || kind === "coarse"
    const up = reading.value - measurement.origin > measurement.level
    if (isGauge) view?.compare(reading.name, reading.value, measurement)
    const found = observe(measurement, reading.value, { time, learn, free, declared, rhythm: device }, config.detection)
    signals |= isGauge && view !== null && found !== 0 ? view.weigh(device, reading.name, up, found, trust) : found
  }
  return signals
}

/** Declared periods after which a device is silent, as for one that has learned its own. */
const PERIODS = 3

const declaredPeriod = (
  device: DeviceDraft,
  { readings }: AssayedMessage,
  declares: (name: string) => Declared | null,
): number =>
  periodOf(readings, (name) => {
    const declared = declares(name)
    if (declared === null) return 0
    const measurement = findMeasurement(device, nameHash(name))
    return measurement === null ? declared.periodMs : periodInForce(measurement, declared)
  })

/** How far back the readings of one pack count by their own times. */
const PACK_SECONDS = 86_400

/** Hash of the firmware that a message claims, where the references know it and integrity has nothing against it; else 0. */
export const knownFirmware = ({ fw }: MessageClaims, { integrity }: Verdicts): number =>
  fw === null || integrity?.outcome !== "pass" ? 0 : nameHash(`${fw.version}\0${fw.digest}`) || 1

const measurementOf = (
  device: DeviceDraft,
  name: number,
  learn: boolean,
  { detection }: AnomalyLimits,
): MeasurementDraft | null => {
  const known = findMeasurement(device, name)
  if (known !== null || !learn || device.measurements.length >= detection.maxMeasurements) return known
  return addMeasurement(device, name)
}

const GATE: Readonly<Record<TrustState, ReasonCode | null>> = {
  learning: "anomaly.learning",
  trusted: null,
  watched: "anomaly.watched",
  quarantined: "anomaly.device_quarantined",
  probation: "anomaly.probation",
  revoked: "anomaly.device_revoked",
  stale: "anomaly.stale",
}

/** What the trust state before this message says about it. */
export const gate = (trust: TrustState): ReasonCode | null => GATE[trust]

/**
 * How far the device's word can be relied on: `hardware` where its hardware was appraised and stands for it; else as its credential
 * says, but for one that was set on its place by hand (`resync`): whoever did that showed no more than a copy of the key could.
 * Where hardware of its vendor is appraised, no credential says `hardware` by itself.
 */
export const assuranceOf = ({ verdicts, subject }: AssayedMessage, { items }: Knowledge): Assurance => {
  const { identity, credential, integrity } = verdicts
  const assurance = credential?.assurance ?? "none"
  if (assurance === "none") return "none"
  if (integrity?.assurance === "hardware") return "hardware"
  if (identity?.assurance === "claimed") return "claimed"
  const isAppraised = assurance === "hardware" && subject !== null && items.has(itemKey("endorsements", subject.vendor))
  return isAppraised ? "software" : assurance
}

const PROFILE_EXPIRED: ReadonlyArray<ReasonCode> = ["anomaly.profile_expired"]

/**
 * Which obligations of the conduit the device does not meet, and whether the limits that it was judged by have expired.
 * @param assured how far the device's word can be relied on
 * @param reputation that before this message, 0..1
 */
export const unmetObligations = (
  { segmentation }: Verdicts,
  assured: Assurance,
  reputation: number,
  profileExpired: boolean,
): ReadonlyArray<ReasonCode> => {
  const obligations = segmentation?.obligations
  if (obligations === undefined || obligations.length === 0) return profileExpired ? PROFILE_EXPIRED : []
  const assurance = ASSURANCES.indexOf(assured)
  const unmet = new Set(profileExpired ? PROFILE_EXPIRED : [])
  for (const { kind, value } of obligations) {
    if (kind === "minTrust" && reputation * 100 < value) unmet.add("anomaly.min_trust")
    else if (kind === "minAssurance" && assurance < value) unmet.add("anomaly.min_assurance")
  }
  return [...unmet]
}

/** Facts for `explain`; null for a message without anything to explain. */
export const explain = (
  reasons: ReadonlyArray<ReasonCode>,
  message: AssayedMessage,
  assurance: Assurance,
  reputation: number,
  device: Device,
): string | null =>
  reasons.length === 0
    ? null
    : JSON.stringify({
        reputation: Number(reputation.toFixed(4)),
        uncertainty: Number(uncertaintyOf(device).toFixed(4)),
        measurementsWatched: device.measurements.length,
        obligations: message.verdicts.segmentation?.obligations ?? [],
        assurance,
      })
