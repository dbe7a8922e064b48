/** Is it new, fresh and in its place? The checklist of identity-resolver; pure. */
import {
  type Assurance,
  type AuditDraft,
  isDelegated,
  type Judged,
  type Judgement,
  type Knowledge,
  type MessageClaims,
  type MessageEntry,
  type ReasonCode,
  type Rejected,
  type StateView,
  signerOf,
  type Verdict,
} from "@assay/trust"
import { joined, NO_REASONS, rejected, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import type { Authentic } from "./authenticate.ts"
import { isBackfill } from "./backfill.ts"
import { type IdentityFacts, positionOf } from "./facts.ts"
import { roleOf, whyElsewhere } from "./knowledge.ts"
import type { IdentityLimits } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { beginResynced, mayBeginAnew, waitsForResync } from "./positions/resync.ts"
import { isRivalled, settle } from "./positions/settle.ts"
import { drawPresentation, placeOfPresentation, present } from "./presentations.ts"
import { isKeyRevoked } from "./revoked.ts"
import { type IdentityState, LAYOUT } from "./state.ts"
import { beforeGenesis, isFromFuture, isStale, presentationUntimely } from "./timeliness.ts"
import { settleVolatile } from "./volatile.ts"

export interface JudgeConfig extends IdentityLimits {
  /** Milliseconds since 1970. */
  readonly genesis: number
}

type Outcome = Judgement<IdentityState>

const REVOKED = "the key was revoked by operators"

/** Rightly signed, and all the same nothing that its device says here and now. */
const refused = (reason: ReasonCode, detail: string): Rejected => rejected(reason, detail, true)

/**
 * Judges one message. What anybody could have caused is rejected at once and touches no state; all else gets a verdict,
 * and whatever counts against the device changes its state in the same step, so that a replay of it counts for nothing:
 * 1. it is signed by its issuer and lies where that issuer's messages belong (found by the bytes alone, a batch ahead), by a key that
 *    no operators have revoked (`revoked.ts`);
 * 2. it is meant for this deployment, not older than the log (`timeliness.ts`), and no other device carried it;
 * 3. a presentation, or evidence, is new, timely, and within the rate of its device;
 * 4. any other message is new in its device's sequence (`positions/settle.ts`), is linked to what is held, is not from the
 *    future, and not stale; old telemetry that follows the newest message is backfill (`backfill.ts`).
 */
export const judgeIdentity = (
  config: JudgeConfig,
  entry: MessageEntry,
  state: IdentityState | undefined,
  facts: IdentityFacts,
  states: StateView<IdentityState>,
): Outcome => {
  if (facts === undefined) throw new Error("the message was not prepared")
  if ("reason" in facts) return rejected(facts.reason, facts.detail, facts.signed === true)
  const { claims } = facts
  // Like one that its document has revoked: anybody may have signed it.
  if (isKeyRevoked(facts, states)) return rejected("identity.key_revoked", REVOKED, false)
  return (
    misdirected(config, entry.knowledge, facts) ??
    carriedFor(entry, facts) ??
    (claims.kind === "message"
      ? judgeMessage(config, entry, state, facts, claims)
      : judgePresentation(config, entry, state, facts))
  )
}

/** Messages for another deployment, or from before this log, say nothing here. */
export const misdirected = (config: JudgeConfig, { bundle }: Knowledge, { claims }: Authentic): Rejected | null => {
  const elsewhere = bundle === null ? null : whyElsewhere(bundle.body, claims.aud)
  if (elsewhere !== null) return refused("identity.audience_refused", elsewhere)
  const early = beforeGenesis(config, claims.iat, config.genesis)
  return early === null ? null : refused("identity.iat_before_genesis", early)
}

/**
 * Bindings whose principal is a device by its DID, where it is one: the broker lets nobody else publish there, or the settings of
 * the adapter bind the AE to it.
 */
const NAMES_DEVICE: ReadonlySet<string> = new Set(["mqtt", "onem2m"])

/**
 * Another device carried it. It leaves nothing behind, so that whoever saw a message and is faster with it spoils nothing: the
 * signer's own copy is still new.
 */
const carriedFor = ({ message: { envelope } }: MessageEntry, { claims }: Authentic): Rejected | null => {
  const { binding, principal } = envelope
  if (principal === null || !NAMES_DEVICE.has(binding)) return null
  const signer = signerOf(claims.iss)
  if (principal === signer) return null
  return principal.startsWith("did:")
    ? refused("identity.carrier_mismatch", `signed by ${signer}, published by ${principal}`)
    : null
}

/**
 * A presentation stands outside the sequence, as evidence does, so anybody could repeat it: it is new and timely, or rejected. One beyond the
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
  if (untimely !== null) return refused("identity.presentation_untimely", untimely)
  const { bundle } = entry.knowledge
  if (bundle === null) return passed(entry, facts, WITHOUT_BUNDLE, undefined)
  const role = roleOf(entry.knowledge, facts.keyId)
  if (role !== null) return refused("identity.role_refused", `the key of ${claims.iss} is that of ${role}`)
  const place = placeOfPresentation(state, claims.iat, digest)
  if (place === null)
    return refused("identity.replayed", `no newer than the presentation with iat ${state?.presented} that was accepted`)
  const { presentationsPerMinute: rate } = config
  const drawn = drawPresentation(state, entry.time, rate)
  return drawn.granted
    ? passed(
        entry,
        facts,
        NO_REASONS,
        present(state, claims.iat, digest, place, { level: drawn.level, at: entry.time }),
      )
    : refused("identity.presentation_rate", `more than ${rate} presentations at once and ${rate} a minute`)
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
  const future = isFromFuture(config, claims.iat, entry.time)
  const at = positionOf(claims, facts.digest, entry.origin.offset, entry.time, future)
  const draft = LAYOUT.draft(state)
  const quiet = Math.max(config.silentMs, 2 * draft.gap)
  const isResync = mayBeginAnew(draft, at)
  const isVolatile = config.volatile.has(draft.class)
  const settled = isResync ? beginResynced(draft, at) : (isVolatile ? settleVolatile : settle)(draft, at, quiet)
  if (settled.kind === "seen") {
    LAYOUT.discard(draft)
    return refused("identity.replayed", `epoch ${claims.epo}, counter ${claims.seq}: ${standing(state)}`)
  }
  const isRival = isRivalled(draft, entry.time, quiet)
  const { resynced, epo, head } = draft
  const waits = waitsForResync(draft, entry.time)
  const next = LAYOUT.seal(draft)
  // Operators have said that the device is not where it was: until it begins anew nothing counts, and nothing convicts. Nor does
  // what a device of a volatile class signs twice.
  if (settled.kind === "fork" && !waits && !isVolatile) {
    const reason = settled.slot ? "identity.equivocation" : "identity.clone_evidence"
    return proven(entry, facts, reason, settled.earlier, next)
  }
  const reasons = faultsOf(config, entry, state, facts, claims, future)
  if (isResync) return passed(entry, facts, [...RESYNCED, ...reasons], next, resynced)
  const contested = [
    ...(waits || settled.kind === "side" || settled.kind === "fork" ? CONTESTED : isRival ? RIVAL : NO_REASONS),
    ...jumpsOf(config, state, claims),
  ]
  const detail = contested.length === 0 ? null : { head: { epo, seq: head }, quietMs: quiet }
  return passed(entry, facts, joined(contested, reasons), next, resynced, detail)
}

const CONTESTED: ReadonlyArray<ReasonCode> = ["identity.contested"]
const RESYNCED: ReadonlyArray<ReasonCode> = ["identity.resynced"]
const RIVAL: ReadonlyArray<ReasonCode> = ["identity.rival"]

/** How far a message leads, where that is more than usual: worth a word, and held against nobody. */
const jumpsOf = (
  { maxEpochJump, maxSequenceJump }: JudgeConfig,
  state: IdentityState | undefined,
  { epo, seq }: MessageClaims,
): ReadonlyArray<ReasonCode> => {
  if (state === undefined || state.epo < 0 || epo < state.epo) return NO_REASONS
  if (epo - state.epo > maxEpochJump) return ["identity.epoch_jump"]
  return seq - (epo === state.epo ? state.head : 0) > maxSequenceJump ? ["identity.sequence_jump"] : NO_REASONS
}

/** What is wrong with a message that has its place. */
const faultsOf = (
  config: JudgeConfig,
  { time, knowledge }: MessageEntry,
  state: IdentityState | undefined,
  { keyId, fault }: Authentic,
  claims: MessageClaims,
  future: boolean,
): ReadonlyArray<ReasonCode> => {
  const found: Array<ReasonCode> = []
  if (future) found.push("identity.future")
  else if (isStale(config, claims, time)) found.push(isBackfill(state, claims) ? "identity.backfill" : "identity.stale")
  if (roleOf(knowledge, keyId) !== null) found.push("identity.role_refused")
  if (fault !== null) found.push("identity.readings_refused")
  return found.length === 0 ? NO_REASONS : found
}

/** For people; null where there is nothing to say. */
const describe = ({ fault, document }: Authentic, more: object | null): string | null =>
  fault === null && more === null && document === undefined
    ? null
    : JSON.stringify({
        ...more,
        ...(fault === null ? {} : { readings: fault }),
        ...(document === undefined ? {} : { document: document.version }),
      })

const WITHOUT_BUNDLE: ReadonlyArray<ReasonCode> = ["identity.knowledge_missing"]

/** `facts` carry the claims and readings that from here on stand on the message. */
const passed = (
  { knowledge }: MessageEntry,
  facts: Authentic,
  reasons: ReadonlyArray<ReasonCode>,
  state: IdentityState | undefined,
  resynced = false,
  detail: object | null = null,
): Judged<IdentityState> => {
  const assurance = resynced ? "claimed" : assuranceOf(facts)
  const verdict =
    reasons.length === 0 && facts.document === undefined
      ? passUnder(knowledge, assurance)
      : verdictUnder(knowledge, reasons, describe(facts, detail), assurance, facts.document?.hash)
  return { verdict, enrich: facts, state }
}

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
  const detail = describe({ ...facts, fault: null }, { earlierOffset })
  const verdict = verdictUnder(knowledge, [reason], detail, assuranceOf(facts), facts.document?.hash)
  return { verdict, enrich: facts, state, events: [proof] }
}

/** A gateway says what it has heard; and whoever set a device anew by hand has shown no more than a copy of the key could. */
const assuranceOf = ({ claims }: Authentic): Assurance => (isDelegated(claims.iss) ? "claimed" : "software")

const verdictUnder = (
  { bundle, profile }: Knowledge,
  reasons: ReadonlyArray<ReasonCode>,
  detail: string | null,
  assurance: Assurance,
  /** Of the document by which the key is the device's. */
  document?: string,
): Verdict =>
  verdictOf(LOGIC_VERSION, {
    reasons,
    ...(bundle === null
      ? {}
      : { knowledge: [bundle, profile].flatMap((item) => item?.hash ?? []).concat(document ?? []) }),
    assurance,
    detail,
  })

/** Nearly every message: one object for as long as the knowledge stays. */
const passUnder = sharedVerdicts((knowledge: Knowledge, assurance) =>
  verdictUnder(knowledge, NO_REASONS, null, assurance),
)

const standing = (state: IdentityState | undefined): string =>
  `the device is at epoch ${state?.epo}, counter ${state?.head}; this place is taken, or left behind so far that a new message cannot be distinguished from a repeated one. A device that lost its place comes back by assay resync`
