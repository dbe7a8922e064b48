/** Is it new, fresh and in its place? The checklist of identity-resolver; pure. */
import {
  type AuditDraft,
  type Judgement,
  type MessageEntry,
  outcomeOf,
  type ReasonCode,
  reject,
  type Verdict,
} from "@assay/trust"
import type { IdentityLimits } from "./config.ts"
import { type AuthenticFacts, type IdentityFacts, positionOf } from "./facts.ts"
import { isAudienceOf, rolesOf } from "./knowledge.ts"
import type { IdentityState } from "./state.ts"
import { accept, accused, type Place, placeOf, present, refused } from "./window.ts"

export const LOGIC_VERSION = 1

export interface JudgeConfig extends IdentityLimits {
  /** Milliseconds since 1970. */
  readonly genesis: number
}

type Judged = Judgement<IdentityState>

/**
 * Judges one message. What anybody could have caused is rejected at once and touches no state; all else gets a verdict,
 * and whatever counts against the device changes its state in the same step, so that a replay of it counts for nothing.
 */
export const judgeIdentity = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: IdentityFacts,
): Judged => {
  if (facts === undefined || "reason" in facts) return rejected(facts?.reason ?? "identity.malformed_record")
  const { claims, readings } = facts
  const { bundle } = entry.knowledge
  if (bundle !== null && !isAudienceOf(bundle.body, claims.aud)) return rejected("identity.audience_refused")
  if (claims.iat * 1000 < config.genesis - config.futureSkew * 1000) return rejected("identity.iat_before_genesis")
  const judged =
    claims.act === null ? judgePresentation(config, entry, state, facts) : judgeMessage(config, entry, state, facts)
  if (judged.verdict !== null) {
    entry.message.claims = claims
    entry.message.readings = readings
  }
  return judged
}

/** A presentation stands outside the sequence, so anybody could repeat it: it is new and timely, or rejected. */
const judgePresentation = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  { claims, digest }: AuthenticFacts,
): Judged => {
  const age = entry.time / 1000 - claims.iat
  if (age > config.presentationFreshness || age < -config.futureSkew) return rejected("identity.presentation_untimely")
  const { bundle } = entry.knowledge
  if (bundle === null) return passed(entry, ["identity.knowledge_missing"], undefined)
  if (rolesOf(bundle.body).has(claims.iss)) return rejected("identity.role_refused")
  const next = present(state, claims.iat, digest)
  return next === null ? rejected("identity.replayed") : passed(entry, NOTHING, next)
}

const judgeMessage = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: AuthenticFacts,
): Judged => {
  const { claims } = facts
  const position = positionOf(facts, entry.origin.offset)
  const place = placeOf(state, position)
  if (place.kind === "seen") return rejected("identity.replayed")
  if (place.kind === "equivocation" && state !== undefined)
    return proven(entry, facts, "identity.equivocation", place.earlier, accused(state, claims.seq))
  const objection = place.kind === "clone" ? "identity.clone_evidence" : outOfBounds(config, entry, place, claims.iat)
  if (objection !== null) {
    // It gets no slot, so time alone tells it from its own replay.
    if (state !== undefined && claims.iat <= state.refused) return rejected("identity.refused_again")
    const next = refused(state, claims.iat)
    return place.kind === "clone"
      ? proven(entry, facts, objection, place.earlier, next)
      : passed(entry, [objection], next)
  }
  const { bundle } = entry.knowledge
  // Messages for another deployment must not move this one's sequence, and without a bundle nobody can tell.
  if (bundle === null) return passed(entry, ["identity.knowledge_missing"], undefined)
  const reasons: Array<ReasonCode> = []
  if (claims.act !== null && entry.time / 1000 - claims.iat > config.freshness[claims.act])
    reasons.push("identity.stale")
  if (rolesOf(bundle.body).has(claims.iss)) reasons.push("identity.role_refused")
  return passed(entry, reasons, accept(state, position))
}

/** What a device must not do even with a good key: run ahead of the clock or of itself. */
const outOfBounds = (config: JudgeConfig, entry: MessageEntry, place: Place, iat: number): ReasonCode | null => {
  if (iat - entry.time / 1000 > config.futureSkew) return "identity.future"
  if (place.kind !== "new") return null
  if (place.epochJump > config.maxEpochJump) return "identity.epoch_jump"
  if (place.sequenceJump > config.maxSequenceJump) return "identity.sequence_jump"
  return null
}

const NOTHING: ReadonlyArray<ReasonCode> = []

const rejected = (reason: ReasonCode): Judged => ({ verdict: null, state: undefined, decision: reject([reason]) })

const passed = (
  entry: MessageEntry,
  reasons: ReadonlyArray<ReasonCode>,
  state: IdentityState | undefined,
  detail: string | null = null,
): Judged => ({ verdict: verdictOf(entry, reasons, detail), state })

/** Holds a message against the device, with both signed messages for anybody to check. */
const proven = (
  entry: MessageEntry,
  facts: AuthenticFacts,
  reason: ReasonCode,
  earlier: number,
  state: IdentityState,
): Judged => {
  const before = facts.earlier(earlier)
  const { bytes } = entry.message.envelope
  const proof: AuditDraft = {
    kind: "proof",
    device: facts.device,
    reason,
    messages: before === null ? [bytes] : [before, bytes],
  }
  const detail = JSON.stringify({ earlierOffset: earlier, earlierKept: before !== null })
  return { ...passed(entry, [reason], state, detail), events: [proof] }
}

const verdictOf = (entry: MessageEntry, reasons: ReadonlyArray<ReasonCode>, detail: string | null): Verdict => {
  const { bundle } = entry.knowledge
  return {
    outcome: outcomeOf(reasons),
    reasons,
    observed: [],
    obligations: [],
    knowledge: bundle === null ? [] : [bundle.hash],
    assurance: "software",
    logic: LOGIC_VERSION,
    detail,
  }
}
