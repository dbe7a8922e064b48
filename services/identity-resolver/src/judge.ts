/** Is it new, fresh and in its place? The checklist of identity-resolver; pure. */
import type {
  AuditDraft,
  Judged,
  Judgement,
  Knowledge,
  MessageClaims,
  MessageEntry,
  ReasonCode,
  Rejected,
  Verdict,
} from "@assay/trust"
import { NO_REASONS, rejected, verdictOf } from "@assay/trust/kit"
import type { Authentic } from "./authenticate.ts"
import { isBackfill } from "./backfill.ts"
import { type IdentityFacts, positionOf } from "./facts.ts"
import { roleOf, whyElsewhere } from "./knowledge.ts"
import type { IdentityLimits } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { drawPresentation, placeOfPresentation, present } from "./presentations.ts"
import { accept, accused, type Place, placeOf, refused } from "./sequence-window.ts"
import type { IdentityState } from "./state.ts"
import { beforeGenesis, isFromFuture, isStale, presentationUntimely } from "./timeliness.ts"

export interface JudgeConfig extends IdentityLimits {
  /** Milliseconds since 1970. */
  readonly genesis: number
}

type Outcome = Judgement<IdentityState>

/**
 * Judges one message. What anybody could have caused is rejected at once and touches no state; all else gets a verdict,
 * and whatever counts against the device changes its state in the same step, so that a replay of it counts for nothing:
 * 1. it is signed by its issuer and lies where that issuer's messages belong (found by the bytes alone, a batch ahead);
 * 2. it is meant for this deployment, and not older than the log (`timeliness.ts`);
 * 3. a presentation is new, timely, and within the rate of its device;
 * 4. any other message has a free place in its device's sequence (`sequence-window.ts`), jumps no further than it may, is
 *    not from the future, and not stale; old telemetry that follows the newest message is backfill (`backfill.ts`).
 */
export const judgeIdentity = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: IdentityFacts,
): Outcome => {
  if (facts === undefined) throw new Error("the message was not prepared")
  if ("reason" in facts) return rejected(facts.reason, facts.detail)
  const { claims } = facts
  return (
    misdirected(config, entry.knowledge, facts) ??
    (claims.kind === "presentation"
      ? judgePresentation(config, entry, state, facts)
      : judgeMessage(config, entry, state, facts, claims))
  )
}

/** Messages for another deployment, or from before this log, say nothing here. */
export const misdirected = (config: JudgeConfig, { bundle }: Knowledge, { claims }: Authentic): Rejected | null => {
  const elsewhere = bundle === null ? null : whyElsewhere(bundle.body, claims.aud)
  if (elsewhere !== null) return rejected("identity.audience_refused", elsewhere)
  const early = beforeGenesis(config, claims.iat, config.genesis)
  return early === null ? null : rejected("identity.iat_before_genesis", early)
}

/**
 * A presentation stands outside the sequence, so anybody could repeat it: it is new and timely, or rejected. One beyond the
 * rate of its device is rejected too, and leaves nothing behind: what its device goes on to sign passes as the bucket fills.
 * Only what is accepted takes from the bucket, so whoever repeats takes nothing.
 */
const judgePresentation = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: Authentic,
): Outcome => {
  const { claims, digest } = facts
  const untimely = presentationUntimely(config, claims.iat, entry.time)
  if (untimely !== null) return rejected("identity.presentation_untimely", untimely)
  const { bundle } = entry.knowledge
  if (bundle === null) return passed(entry, facts, WITHOUT_BUNDLE, undefined)
  const role = roleOf(entry.knowledge, facts.keyId)
  if (role !== null) return rejected("identity.role_refused", `the key of ${claims.iss} is that of ${role}`)
  const place = placeOfPresentation(state, claims.iat, digest)
  if (place === null)
    return rejected(
      "identity.replayed",
      `no newer than the presentation with iat ${state?.presented} that was accepted`,
    )
  const { presentationsPerMinute: rate } = config
  const drawn = drawPresentation(state, entry.time, rate)
  return drawn.granted
    ? passed(
        entry,
        facts,
        NO_REASONS,
        present(state, claims.iat, digest, place, { level: drawn.level, at: entry.time }),
      )
    : rejected("identity.presentation_rate", `more than ${rate} presentations at once and ${rate} a minute`)
}

const judgeMessage = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: Authentic,
  claims: MessageClaims,
): Outcome => {
  // Without a bundle nobody can tell for which deployment a message is: it gets no place, and nothing is held against it.
  if (entry.knowledge.bundle === null) return passed(entry, facts, WITHOUT_BUNDLE, undefined)
  const position = positionOf(claims, facts.digest, entry.origin.offset)
  const place = placeOf(state, position)
  if (place.kind === "seen")
    return rejected("identity.replayed", `epoch ${claims.epo}, counter ${claims.seq}: ${standing(state)}`)
  if (place.kind === "equivocation" && state !== undefined)
    return proven(entry, facts, "identity.equivocation", place.earlier, accused(state, claims.seq))
  const objection = place.kind === "clone" ? "identity.clone_evidence" : outOfBounds(config, entry, place, claims.iat)
  if (objection !== null) return objected(entry, state, facts, place, objection)
  return passed(entry, facts, faultsOf(config, entry, state, facts, claims), accept(state, position))
}

/** What a device must not do even with a good key: run ahead of the clock or of itself. */
const outOfBounds = (config: JudgeConfig, entry: MessageEntry, place: Place, iat: number): ReasonCode | null => {
  if (isFromFuture(config, iat, entry.time)) return "identity.future"
  if (place.kind !== "new") return null
  if (place.epochJump > config.maxEpochJump) return "identity.epoch_jump"
  if (place.sequenceJump > config.maxSequenceJump) return "identity.sequence_jump"
  return null
}

/** Held against the device once. Such a message gets no place, so time alone tells it from its own replay. */
const objected = (
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: Authentic,
  place: Place,
  objection: ReasonCode,
): Outcome => {
  const { iat } = facts.claims
  if (state !== undefined && iat <= state.refused)
    return rejected(
      "identity.refused_again",
      `${objection}, and iat ${iat} is no later than ${state.refused}, of one refused before`,
    )
  const next = refused(state, iat)
  return place.kind === "clone"
    ? proven(entry, facts, objection, place.earlier, next)
    : passed(entry, facts, [objection], next)
}

/** What is wrong with a message that has its place. */
const faultsOf = (
  config: JudgeConfig,
  { time, knowledge }: MessageEntry,
  state: IdentityState | undefined,
  { keyId, fault }: Authentic,
  claims: MessageClaims,
): ReadonlyArray<ReasonCode> => {
  const stale = isStale(config, claims, time)
  const hasRole = roleOf(knowledge, keyId) !== null
  if (!stale && !hasRole && fault === null) return NO_REASONS
  const found: Array<ReasonCode> = []
  if (stale) found.push(isBackfill(state, claims) ? "identity.backfill" : "identity.stale")
  if (hasRole) found.push("identity.role_refused")
  if (fault !== null) found.push("identity.readings_refused")
  return found
}

const describeFault = ({ fault }: Authentic): string | null =>
  fault === null ? null : JSON.stringify({ readings: fault })

const WITHOUT_BUNDLE: ReadonlyArray<ReasonCode> = ["identity.knowledge_missing"]

/** `facts` carry the claims and readings that from here on stand on the message. */
const passed = (
  { knowledge }: MessageEntry,
  facts: Authentic,
  reasons: ReadonlyArray<ReasonCode>,
  state: IdentityState | undefined,
): Judged<IdentityState> => ({
  verdict: reasons.length === 0 ? passUnder(knowledge) : verdictUnder(knowledge, reasons, describeFault(facts)),
  enrich: facts,
  state,
})

/** Holds a message against the device; the runner adds both signed messages for anybody to check. */
const proven = (
  { knowledge, origin }: MessageEntry,
  facts: Authentic,
  reason: ReasonCode,
  earlierOffset: number,
  state: IdentityState,
): Judged<IdentityState> => {
  const earlier = { ...origin, offset: earlierOffset }
  const proof: AuditDraft = { kind: "proof", device: facts.claims.iss, reason, earlier }
  const verdict = verdictUnder(knowledge, [reason], JSON.stringify({ earlierOffset }))
  return { verdict, enrich: facts, state, events: [proof] }
}

const verdictUnder = (
  { bundle, profile }: Knowledge,
  reasons: ReadonlyArray<ReasonCode>,
  detail: string | null,
): Verdict =>
  verdictOf(LOGIC_VERSION, {
    reasons,
    ...(bundle === null ? {} : { knowledge: profile === null ? [bundle.hash] : [bundle.hash, profile.hash] }),
    assurance: "software",
    detail,
  })

/** Nearly every message: one object for as long as the knowledge stays. */
const passUnder = (knowledge: Knowledge): Verdict => {
  let known = passes.get(knowledge)
  if (known === undefined) {
    known = verdictUnder(knowledge, NO_REASONS, null)
    passes.set(knowledge, known)
  }
  return known
}
const passes = new WeakMap<Knowledge, Verdict>()

const standing = (state: IdentityState | undefined): string =>
  `the device is at epoch ${state?.epo}, counter ${state?.head}, and this place is taken or left behind`
