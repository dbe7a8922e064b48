/**
 * The trust state of one device and how it moves. Pure, integers and doubles only; time is passed in.
 *
 *   learning -> trusted <-> watched -> quarantined -> probation -> trusted
 *   any but revoked -> stale (silence) -> trusted;   any -> revoked, which nothing leaves
 *
 * A statistical quarantine needs two independent families alarmed for `persistence` messages in a row, from `watched`
 * or `probation`; proof needs nothing else.
 */
import type { TrustState } from "@assay/trust"
import type { DetectionConfig } from "./config.ts"
import { type Cause, clearSuspicion, type Device, type DeviceDraft } from "./device.ts"
import type { Evidence } from "./evidence.ts"
import { CONDUCT, FAMILIES, SIGNALS } from "./signals.ts"

/** The device's trust state; learning for a device never seen. */
export const trustOf = (device: Pick<Device, "trust"> | undefined): TrustState => device?.trust ?? "learning"

/** Moves to a state, in place. */
export const enter = (device: DeviceDraft, state: TrustState, time: number): void => {
  device.trust = state
  device.since = time
  device.until = 0
  device.run = 0
  if (state !== "quarantined") device.cause = "none"
  if (state !== "probation") return
  // What led into the quarantine has been paid for, and nothing was heard meanwhile: probation starts from nothing.
  clearSuspicion(device)
  device.strikes = 0
  device.heard = time
}

/** A quarantine that the storm breaker refused: watched, with nothing forgiven, in place. */
export const downgrade = (device: DeviceDraft, proven: boolean, time: number): void => {
  if (trustOf(device) === "watched") device.run = 0
  else enter(device, "watched", time)
  if (proven) device.suspicion.set(CONDUCT, 1)
}

/** Quarantines for a cause, in place; only the statistical one ends by itself, later with every repeat. */
export const quarantine = (device: DeviceDraft, cause: Cause, time: number, config: DetectionConfig): void => {
  enter(device, "quarantined", time)
  device.cause = cause
  const { repeats } = device
  device.repeats = repeats + 1
  if (cause === "statistical")
    device.until = time + Math.min(config.longestCooldownMs, config.cooldownMs * 2 ** Math.min(repeats, 30))
}

/** Whether the baselines may move in this state. Nothing is learned while there is doubt. */
export const mayLearnIn = (state: TrustState): boolean => state === "learning" || state === "trusted"

/** What one message brought. */
export interface Observation {
  /** Signal set of the detectors (see signals.ts). */
  readonly signals: number
  readonly evidence: Evidence
  /** Proven, without fault, and with nothing missing: it counts towards trust. */
  readonly clean: boolean
}

/** What a message makes of a device. `proven` and `statistical` ask for a quarantine that the caller may have to refuse. */
export type Wish = "none" | "trust" | "watch" | "statistical" | "proven"

/**
 * Adds a message to the suspicion of each family and says what the state should become; changes only the counters,
 * in place. The caller then carries the wish out, because only it knows the storm breaker.
 */
export const consider = (device: DeviceDraft, seen: Observation, time: number, config: DetectionConfig): Wish => {
  const state = trustOf(device)
  if (state === "revoked") return "none"
  if (isProof(device, seen.evidence, time, config)) return device.cause === "proven" ? "none" : "proven"
  if (state === "quarantined") return "none"
  suspect(device, seen, config)
  const alarmed = countAbove(device, config.enter)
  const calm = countAbove(device, config.leave) === 0
  const { run } = device
  if (alarmed >= 2) device.run = Math.min(run, 0) - 1
  else if (seen.clean && calm) device.run = Math.max(run, 0) + 1
  else if (!seen.clean || run < 0) device.run = 0
  if ((state === "watched" || state === "probation") && device.run <= -config.persistence) return "statistical"
  if (alarmed > 0 && state !== "watched") return "watch"
  const needed = state === "learning" || state === "stale" ? config.learnMessages : config.cleanMessages
  return state !== "trusted" && device.run >= needed ? "trust" : "none"
}

const countAbove = ({ suspicion }: Device, level: number): number => {
  let count = 0
  for (let family = 0; family < FAMILIES.length; family++) if (suspicion.at(family) >= level) count++
  return count
}

/** Hysteresis lives here: certainty is approached in steps of the gain, and fades only with clean messages. */
const suspect = (device: DeviceDraft, seen: Observation, config: DetectionConfig): void => {
  for (let family = 0; family < FAMILIES.length; family++) {
    let gain = family === CONDUCT ? seen.evidence.weight / 2 : 0
    if (family !== CONDUCT && seen.signals !== 0)
      for (const signal of SIGNALS)
        if (signal.family === family && (seen.signals & signal.bit) !== 0) gain = Math.max(gain, signal.gain)
    const level = device.suspicion.at(family)
    if (gain > 0) device.suspicion.set(family, level + (1 - level) * gain)
    else if (seen.clean || family !== CONDUCT) device.suspicion.set(family, level * config.calming)
  }
}

/** Proof at once, or one strike too many. */
const isProof = (device: DeviceDraft, evidence: Evidence, time: number, config: DetectionConfig): boolean => {
  if (evidence.quarantine) return true
  if (!evidence.strike) return false
  if (time - device.struck >= config.strikeWindowMs) {
    device.struck = time
    device.strikes = 0
  }
  device.strikes += 1
  return device.strikes >= config.strikes
}

/** When this device wants to see a tick, or undefined. */
export const deadlineOf = (device: Device, config: DetectionConfig): number | undefined => {
  const state = trustOf(device)
  if (state === "revoked" || state === "stale") return undefined
  if (state === "quarantined") return device.until > 0 ? device.until : undefined
  return device.heard + config.staleMs
}

/** What the passing of time makes of a device at `time`, or undefined. */
export const elapsed = (device: Device, time: number, config: DetectionConfig): TrustState | undefined => {
  const due = deadlineOf(device, config)
  if (due === undefined || due > time) return undefined
  return trustOf(device) === "quarantined" ? "probation" : "stale"
}

/** Whether only two operators together may release it. */
export const needsTwoToRelease = (device: Device): boolean => device.cause === "proven"
