/** How the stages build their verdicts. Nothing is allocated for a message that is like the one before it. */
import { outcomeOf, type ReasonCode } from "../reasons.ts"
import type { Assurance, Obligation, Verdict } from "../verdict.ts"

const NOTHING: ReadonlyArray<never> = Object.freeze([])

/** The shared empty list of reasons. */
export const NO_REASONS: ReadonlyArray<ReasonCode> = NOTHING

/** One list of both, in their order; one of the two itself where the other is empty. */
export const joined = (a: ReadonlyArray<ReasonCode>, b: ReadonlyArray<ReasonCode>): ReadonlyArray<ReasonCode> =>
  b.length === 0 ? a : a.length === 0 ? b : [...a, ...b]

/** What a stage found. What is left out is empty or null. */
export interface Findings {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Found in observe mode: recorded, without effect. */
  readonly observed?: ReadonlyArray<ReasonCode>
  readonly obligations?: ReadonlyArray<Obligation>
  /** Hashes of the knowledge that was relied on. Share one array per item. */
  readonly knowledge?: ReadonlyArray<string>
  readonly assurance: Assurance
  /** JSON text for people. */
  readonly detail?: string | null
}

/** A verdict by logic version `logic`: its outcome is the worst severity of its reasons. */
export const verdictOf = (logic: number, found: Findings): Verdict => ({
  outcome: outcomeOf(found.reasons),
  reasons: found.reasons,
  observed: found.observed ?? NOTHING,
  obligations: found.obligations ?? NOTHING,
  knowledge: found.knowledge ?? NOTHING,
  assurance: found.assurance,
  logic,
  detail: found.detail ?? null,
})

/**
 * Remembers the verdict on a message in order: one object for each `key` (the knowledge that it rests on) and assurance,
 * kept for as long as the key is.
 */
export const sharedVerdicts = <Key extends object>(
  make: (key: Key, assurance: Assurance) => Verdict,
): ((key: Key, assurance: Assurance) => Verdict) => {
  const known = new WeakMap<Key, Map<Assurance, Verdict>>()
  return (key, assurance) => {
    let byAssurance = known.get(key)
    if (byAssurance === undefined) {
      byAssurance = new Map()
      known.set(key, byAssurance)
    }
    let verdict = byAssurance.get(assurance)
    if (verdict === undefined) {
      verdict = make(key, assurance)
      byAssurance.set(assurance, verdict)
    }
    return verdict
  }
}
