/**
 * The trust state of one device and how it moves. Pure, integers and doubles only; time is passed in.
 *
 *   learning -> trusted <-> watched -> quarantined -> probation -> trusted
 *   any but revoked -> stale (silence) -> trusted;   any -> revoked, which nothing leaves
 *
 * A statistical quarantine needs two independent families alarmed for `persistence` messages in a row, from `watched`
 * or `probation`; proof needs nothing else.
 */
import { TRUST_STATES, type TrustState } from "@assay/trust"
import {
  CAUSE,
  CAUSE_NONE,
  CAUSE_PROVEN,
  CAUSE_STATISTICAL,
  type Cells,
  type Draft,
  HEARD,
  REPEATS,
  RUN,
  SINCE,
  STRIKES,
  STRUCK,
  SUSPICION,
  TRUST,
  UNTIL,
} from "./cells.ts"
import type { DetectionConfig } from "./config.ts"
import type { Evidence } from "./evidence.ts"
import { CONDUCT, FAMILIES, SIGNALS } from "./signals.ts"

/** The device's trust state; learning for a device never seen. */
export const trustOf = (cells: Cells | undefined): TrustState =>
  cells === undefined ? "learning" : (TRUST_STATES[cells[TRUST]!] ?? "revoked")

const INDEX = Object.fromEntries(TRUST_STATES.map((state, index) => [state, index])) as Record<TrustState, number>

/** Moves to a state, in place. */
export const enter = (cells: Draft, state: TrustState, time: number): void => {
  cells[TRUST] = INDEX[state]
  cells[SINCE] = time
  cells[UNTIL] = 0
  cells[RUN] = 0
  if (state !== "quarantined") cells[CAUSE] = CAUSE_NONE
  if (state !== "probation") return
  // What led into the quarantine has been paid for, and nothing was heard meanwhile: probation starts from nothing.
  for (let family = 0; family < FAMILIES.length; family++) cells[SUSPICION + family] = 0
  cells[STRIKES] = 0
  cells[HEARD] = time
}

/** A quarantine that the storm breaker refused: watched, with nothing forgiven, in place. */
export const downgrade = (cells: Draft, proven: boolean, time: number): void => {
  if (trustOf(cells) === "watched") cells[RUN] = 0
  else enter(cells, "watched", time)
  if (proven) cells[SUSPICION + CONDUCT] = 1
}

/** Quarantines for a cause, in place; only the statistical one ends by itself, later with every repeat. */
export const quarantine = (cells: Draft, cause: number, time: number, config: DetectionConfig): void => {
  enter(cells, "quarantined", time)
  cells[CAUSE] = cause
  const repeats = cells[REPEATS]!
  cells[REPEATS] = repeats + 1
  if (cause === CAUSE_STATISTICAL)
    cells[UNTIL] = time + Math.min(config.longestCooldownMs, config.cooldownMs * 2 ** Math.min(repeats, 30))
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
export const consider = (cells: Draft, seen: Observation, time: number, config: DetectionConfig): Wish => {
  const state = trustOf(cells)
  if (state === "revoked") return "none"
  if (isProof(cells, seen.evidence, time, config)) return cells[CAUSE] === CAUSE_PROVEN ? "none" : "proven"
  if (state === "quarantined") return "none"
  suspect(cells, seen, config)
  const alarmed = countAbove(cells, config.enter)
  const calm = countAbove(cells, config.leave) === 0
  const run = cells[RUN]!
  if (alarmed >= 2) cells[RUN] = Math.min(run, 0) - 1
  else if (seen.clean && calm) cells[RUN] = Math.max(run, 0) + 1
  else if (!seen.clean || run < 0) cells[RUN] = 0
  if ((state === "watched" || state === "probation") && cells[RUN]! <= -config.persistence) return "statistical"
  if (alarmed > 0 && state !== "watched") return "watch"
  const needed = state === "learning" || state === "stale" ? config.learnMessages : config.cleanMessages
  return state !== "trusted" && cells[RUN]! >= needed ? "trust" : "none"
}

const countAbove = (cells: Cells, level: number): number => {
  let count = 0
  for (let family = 0; family < FAMILIES.length; family++) if (cells[SUSPICION + family]! >= level) count++
  return count
}

/** Hysteresis lives here: certainty is approached in steps of the gain, and fades only with clean messages. */
const suspect = (cells: Draft, seen: Observation, config: DetectionConfig): void => {
  for (let family = 0; family < FAMILIES.length; family++) {
    let gain = family === CONDUCT ? seen.evidence.weight / 2 : 0
    if (family !== CONDUCT && seen.signals !== 0)
      for (const signal of SIGNALS)
        if (signal.family === family && (seen.signals & signal.bit) !== 0) gain = Math.max(gain, signal.gain)
    const level = cells[SUSPICION + family]!
    if (gain > 0) cells[SUSPICION + family] = level + (1 - level) * gain
    else if (seen.clean || family !== CONDUCT) cells[SUSPICION + family] = level * config.calming
  }
}

/** Proof at once, or one strike too many. */
const isProof = (cells: Draft, evidence: Evidence, time: number, config: DetectionConfig): boolean => {
  if (evidence.quarantine) return true
  if (!evidence.strike) return false
  if (time - cells[STRUCK]! >= config.strikeWindowMs) {
    cells[STRUCK] = time
    cells[STRIKES] = 0
  }
  cells[STRIKES] = cells[STRIKES]! + 1
  return cells[STRIKES]! >= config.strikes
}

/** When this device wants to see a tick, or undefined. */
export const deadlineOf = (cells: Cells, config: DetectionConfig): number | undefined => {
  const state = trustOf(cells)
  if (state === "revoked" || state === "stale") return undefined
  if (state === "quarantined") return cells[UNTIL]! > 0 ? cells[UNTIL]! : undefined
  return cells[HEARD]! + config.staleMs
}

/** What the passing of time makes of a device at `time`, or undefined. */
export const elapsed = (cells: Cells, time: number, config: DetectionConfig): TrustState | undefined => {
  const due = deadlineOf(cells, config)
  if (due === undefined || due > time) return undefined
  return trustOf(cells) === "quarantined" ? "probation" : "stale"
}

/** Whether only two operators together may release it. */
export const needsTwoToRelease = (cells: Cells): boolean => cells[CAUSE] === CAUSE_PROVEN
