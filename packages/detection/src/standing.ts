/**
 * The trust state of one device and how it moves. Pure, integers and doubles only; time is passed in.
 *
 * `transitions.ts` has the table of the state machine. A statistical quarantine needs two independent families alarmed for
 * `persistence` messages in a row, from `watched` or `probation`; proof needs nothing else.
 */
import type { ReasonCode, TrustState } from "@assay/trust"
import type { DetectionConfig } from "./config.ts"
import { type Cause, clearSuspicion, type Device, type DeviceDraft } from "./device.ts"
import { BY_OPERATOR, type Evidence, type Grounds, groundsOf, isByReference } from "./evidence.ts"
import { CONDUCT } from "./families.ts"
import { countAbove, isProof, type Observation, provenBy, suspect } from "./suspicion.ts"
import { type MessageTrigger, TRANSITIONS } from "./transitions.ts"

/** The device's trust state; learning for a device never seen. */
export const trustOf = (device: Pick<Device, "trust"> | undefined): TrustState => device?.trust ?? "learning"

/**
 * Whether the baselines may move in this state. They do while there is doubt, since what is learned is bounded (see baseline.ts):
 * a device whose place has changed would otherwise be watched for ever.
 */
export const mayLearnIn = (state: TrustState): boolean => state !== "quarantined" && state !== "revoked"

/** Whether nothing is held against a device in this state: only then may it be learned from nothing. */
export const isUnsuspected = (state: TrustState): boolean => state === "learning" || state === "trusted"

/** Whether only two operators together may release it. */
export const needsTwoToRelease = ({ cause }: Device): boolean =>
  cause === "proven" || cause === "reference" || cause === "resync"

/**
 * Adds a message to the suspicion of each family and says what it triggers; changes only the counters, in place. The
 * caller then carries the transition out, because only it knows the quarantine breaker.
 */
export const consider = (
  device: DeviceDraft,
  seen: Observation,
  time: number,
  config: DetectionConfig,
): MessageTrigger | null => {
  const { trust } = device
  const next = TRANSITIONS[trust]
  if (next.proof === null) return null
  if (isProof(device, seen.evidence, time, config)) {
    const { cause } = device
    if (trust === "quarantined") device.grounds |= provenBy(device, seen.evidence)
    const isKnown = cause === "proven" || cause === "resync" || (cause === "reference" && isByReference(seen.evidence))
    return isKnown ? null : "proof"
  }
  if (trust === "quarantined") return null
  const { suspicion } = device
  suspect(suspicion, seen, config)
  const alarmed = countAbove(suspicion, config.enter)
  const run = nextRun(device.run, alarmed, countAbove(suspicion, config.leave) === 0, seen.clean)
  device.run = run
  if (next.persistence !== null && run <= -config.persistence) return "persistence"
  if (next.alarm !== null && alarmed > 0) return "alarm"
  const needed = trust === "learning" || trust === "stale" ? config.learnMessages : config.cleanMessages
  return next.calm !== null && run >= needed ? "calm" : null
}

/** Messages in a row, clean and calm ones counted up, ones with two families alarmed counted down. */
const nextRun = (run: number, alarmed: number, calm: boolean, clean: boolean): number => {
  if (alarmed >= 2) return Math.min(run, 0) - 1
  if (clean && calm) return Math.max(run, 0) + 1
  return !clean || run < 0 ? 0 : run
}

/** Moves to a state, in place. */
export const enter = (device: DeviceDraft, state: TrustState, time: number): void => {
  if (device.trust === "quarantined" && state !== "quarantined") device.grounds = 0
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

/**
 * Quarantines for a cause, in place; only the statistical one ends by itself, later with every repeat.
 * @param grounds what it rests on besides what it rested on before
 */
export const quarantine = (
  device: DeviceDraft,
  cause: Cause,
  time: number,
  config: DetectionConfig,
  grounds: Grounds = 0,
): void => {
  const before = device.trust === "quarantined" ? device.grounds : 0
  enter(device, "quarantined", time)
  device.cause = cause
  device.grounds = before | grounds
  const { repeats } = device
  device.repeats = repeats + 1
  if (cause === "statistical")
    device.until = time + Math.min(config.longestCooldownMs, config.cooldownMs * 2 ** Math.min(repeats, 30))
}

/** The cause of a quarantine by proof: what operators or other evidence had said of the device before stays as it is. */
export const provenCause = ({ cause }: Device, evidence: Evidence): Cause =>
  isByReference(evidence) && (cause === "none" || cause === "reference") ? "reference" : "proven"

/** What an operator says stands beside what was proven, which stays the cause: else one could quarantine first, and then release alone. */
export const quarantineByOrder = (device: DeviceDraft, time: number, config: DetectionConfig): void => {
  if (needsTwoToRelease(device)) {
    device.cause = "proven"
    device.grounds |= BY_OPERATOR
  } else quarantine(device, "operator", time, config, BY_OPERATOR)
}

/** Whether nothing but one reason has withheld the device: neither another proof nor an order of operators. */
export const fellBy = (
  { trust, cause, grounds }: Pick<Device, "trust" | "cause" | "grounds">,
  reason: ReasonCode,
): boolean => trust !== "quarantined" || (cause !== "resync" && (grounds & ~groundsOf([reason])) === 0)

/** A quarantine that the quarantine breaker refused: watched, with nothing forgiven, in place. */
export const downgrade = (device: DeviceDraft, proven: boolean, time: number): void => {
  if (device.trust === "watched") device.run = 0
  else enter(device, "watched", time)
  if (proven) device.suspicion.set(CONDUCT, 1)
}

/** Gaps of its own after which a device that reports seldom is silent. */
const GAPS = 3

/**
 * When this device wants to see a tick (milliseconds since 1970), or undefined. It follows from the state alone: deadlines are
 * kept sorted, and must not move with the profile.
 */
export const deadlineOf = (device: Device): number | undefined => {
  const { trust } = device
  if (TRANSITIONS[trust].silence !== null) return device.heard + Math.max(device.staleMs, Math.ceil(GAPS * device.gap))
  return TRANSITIONS[trust].cooldown !== null && device.until > 0 ? device.until : undefined
}

/** What the passing of time makes of a device at `time`, or undefined. */
export const elapsed = (device: Device, time: number): TrustState | undefined => {
  const due = deadlineOf(device)
  if (due === undefined || due > time) return undefined
  const { silence, cooldown } = TRANSITIONS[device.trust]
  return silence ?? cooldown ?? undefined
}
