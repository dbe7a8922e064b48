/** The one decision builder, used by both deciders. Pure. */
import { mayTeach } from "./kit/proven.ts"
import type { Verdicts } from "./message.ts"
import { type ReasonCode, reasonInfo } from "./reasons.ts"
import { type Decision, STAGES, type TrustState } from "./verdict.ts"

/** The decision on a record that never was authenticated: it says nothing about any device. */
export const reject = (reasons: ReadonlyArray<ReasonCode>): Decision => ({
  outcome: "rejected",
  reasons,
  trust: null,
  reputation: null,
  kind: "original",
  supersedes: null,
})

const NO_REASONS: ReadonlyArray<ReasonCode> = Object.freeze([])

/** Each once. */
const reasonsOf = (verdicts: Verdicts): ReadonlyArray<ReasonCode> => {
  const found = new Set<ReasonCode>()
  for (const stage of STAGES) for (const code of verdicts[stage]?.reasons ?? NO_REASONS) found.add(code)
  return [...found]
}

const orderWorstFirst = (all: ReadonlyArray<ReasonCode>): ReadonlyArray<ReasonCode> => {
  if (all.length < 2) return all
  return [
    ...all.filter((code) => reasonInfo(code).severity === "fail"),
    ...all.filter((code) => reasonInfo(code).severity === "warn"),
  ]
}

const TRUSTED: TrustState = "trusted"

/**
 * The original decision on an authenticated message.
 * @param verdicts all five; a missing one is treated as a failure, since a missing fact never yields trust
 * @param trust the device's state BEFORE this message
 */
export const decide = (verdicts: Verdicts, trust: TrustState, reputation: number): Decision => {
  let hasReasons = false
  let failed = trust === "revoked" || trust === "quarantined"
  let warned = trust !== TRUSTED
  for (let place = 0; place < STAGES.length; place++) {
    const verdict = verdicts[STAGES[place]!]
    if (verdict === null || verdict.outcome === "fail") failed = true
    else if (verdict.outcome === "warn") warned = true
    if (verdict !== null && verdict.reasons.length > 0) hasReasons = true
  }
  return {
    outcome: failed ? "quarantined" : warned ? "annotated" : "verified",
    reasons: hasReasons ? orderWorstFirst(reasonsOf(verdicts)) : NO_REASONS,
    trust,
    reputation,
    kind: "original",
    supersedes: null,
  }
}

/** Whether a stage may advance learned state: no verdict before it failed or named an unproven reason. */
export const mayLearn = (verdicts: Verdicts): boolean => {
  for (let place = 0; place < STAGES.length; place++) {
    const verdict = verdicts[STAGES[place]!]
    if (verdict !== null && !mayTeach(verdict)) return false
  }
  return true
}
