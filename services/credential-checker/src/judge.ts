/** Does a credential in force allow the device this message? Pure: the bundle in force and the checked signatures come with the facts. */
import type { BundleView, Ground } from "@assay/credentials"
import {
  delegateOf,
  type EvidenceClaims,
  isDelegated,
  type Judged,
  type MessageClaims,
  type MessageEntry,
  mayLearn,
  type PresentationClaims,
  type ReasonCode,
  reasonInfo,
  type StateView,
  signerOf,
  type Verdicts,
} from "@assay/trust"
import { claimsOf, fullLevel } from "@assay/trust/kit"
import { keep, whyNotAccepted } from "./accept.ts"
import { agedOf, NOT_AGED } from "./ages.ts"
import { type Cover, coverOf } from "./covering-credential.ts"
import { alsoDelegatedTo, type Delegated, delegatedTo, groundOf, type NotDelegated, subjectOf } from "./delegated.ts"
import type { CredentialFacts } from "./facts.ts"
import { bindingOf } from "./hardware.ts"
import type { CredentialRules } from "./limits.ts"
import { type Spent, spend } from "./rate.ts"
import { whyRevokedIn } from "./revoked.ts"
import { type AcceptedItems, type CredentialState, LAYOUT } from "./state.ts"
import { passOf, verdictUnder } from "./verdict.ts"

type Outcome = Judged<CredentialState>

/**
 * Judges one message and finds its `subject`:
 * 1. a bundle must be in force;
 * 2. a presentation: accept what holds, and ask for the device's admission;
 *    evidence: find by whose credential it is appraised;
 * 3. any other message: one accepted credential in force must cover it; where a gateway speaks for a device, the gateway's, and a
 *    delegation must name the device (`delegated.ts`);
 * 4. it and its readings are as young as the class of the device, or its credential, asks (`ages.ts`);
 * 5. and the device must not speak more often than that grants (`rate.ts`).
 */
export const judgeCredential = (
  entry: MessageEntry,
  state: CredentialState | undefined,
  facts: CredentialFacts,
  states: StateView<CredentialState>,
  rules: CredentialRules,
): Outcome => {
  const claims = claimsOf(entry.message)
  const { view } = facts
  if (view === null) return failed(null, "credential.bundle_missing")
  if (entry.time >= view.expires) return failed(view, "credential.bundle_expired")
  switch (claims.kind) {
    case "presentation":
      return judgePresentation(entry, claims, state, facts, view, states, rules)
    case "evidence":
      return judgeEvidence(entry, claims, state, view, states, rules)
    default:
      return judgeMessage(entry, claims, state, view, states, rules)
  }
}

const failed = (view: BundleView | null, reason: ReasonCode): Outcome => ({
  verdict: verdictUnder(view, "none", [reason], null),
  state: undefined,
})

const judgeMessage = (
  { message, time, knowledge }: MessageEntry,
  claims: MessageClaims,
  state: CredentialState | undefined,
  view: BundleView,
  states: StateView<CredentialState>,
  rules: CredentialRules,
): Outcome => {
  const device = claims.iss
  const found = isDelegated(device) ? delegatedTo(device, knowledge, view, time, states, rules.skewMs) : null
  if (found !== null && "reason" in found) return notDelegated(device, found, view)
  const holder = found === null ? state : states.get(signerOf(device))
  if (holder === undefined) return failed(view, "credential.missing")
  const cover = coverOf(holder.accepted, claims, message.readings, view, time, rules.skewMs, whyRevokedIn(states, view))
  if (cover === null) return failed(view, "credential.missing")
  if (!cover.inForce) return judgedBy(cover, view, undefined, found)
  const learns = mayLearn(message.verdicts)
  const { terms } = cover.credential
  const aged = found === null ? terms : { class: found.device.class, capabilities: terms.capabilities }
  const isLate = isSaidLate(message.verdicts)
  const age = isLate ? NOT_AGED : agedOf(claims, message.readings, aged, time, rules)
  const weighed = age.offence === null ? cover : withMore(cover, age.reasons, age.offence)
  // What is old is none of its rate, and uses nothing up.
  if (isLate || age.reasons.some((code) => reasonInfo(code).attribution === "unproven"))
    return judgedBy(weighed, view, undefined, found)
  const { ratePerMinute } = terms.capabilities.source
  const before = state ?? bucketOf(ratePerMinute, claims.iat, time)
  // What is contested counts as what a later one overtook: it was newly signed, and when is not known.
  const signed = learns ? claims.iat * 1000 : Math.min(claims.iat * 1000, before.signed - 1)
  const spent = spend(before, signed, time, ratePerMinute, rules.greatestAge(aged))
  const next = spentFrom(before, spent)
  const outcome = judgedBy(
    spent.beyond === null ? weighed : withMore(weighed, RATE_EXCEEDED, spent.beyond),
    view,
    next,
    found,
  )
  // Its gateway's message and the delegation are what admits it.
  const admits = found !== null && learns && outcome.verdict.outcome !== "fail" && !states.isAdmitted(device)
  return admits ? { ...outcome, admit: device } : outcome
}

/** Evidence uses nothing that is granted; by whose credential it is appraised, the accepted one says. */
const judgeEvidence = (
  { time }: MessageEntry,
  claims: EvidenceClaims,
  state: CredentialState | undefined,
  view: BundleView,
  states: StateView<CredentialState>,
  rules: CredentialRules,
): Outcome => {
  const cover =
    state === undefined
      ? null
      : coverOf(state.accepted, claims, [], view, time, rules.skewMs, whyRevokedIn(states, view))
  return cover === null ? failed(view, "credential.missing") : judgedBy(cover, view, undefined, null)
}

/** A full bucket, for a device of which nothing was heard: it presents no credential. */
const bucketOf = (ratePerMinute: number, iat: number, time: number): CredentialState => {
  const draft = LAYOUT.draft()
  draft.level = fullLevel(ratePerMinute)
  draft.at = time
  draft.signed = iat * 1000
  return LAYOUT.seal(draft)
}

const notDelegated = (device: string, { reason, offence }: NotDelegated, view: BundleView): Outcome => ({
  verdict: verdictUnder(view, "none", [reason], { gateway: signerOf(device), device: delegateOf(device)!, offence }),
  state: undefined,
})

/** Whether identity-resolver has said already that it is late, or refused it. */
const isSaidLate = ({ identity }: Verdicts): boolean =>
  identity === null || identity.outcome === "fail" || identity.reasons.includes("identity.backfill")

const RATE_EXCEEDED: ReadonlyArray<ReasonCode> = ["credential.rate_exceeded"]

const withMore = (cover: Cover, reasons: ReadonlyArray<ReasonCode>, offence: string): Cover => ({
  ...cover,
  reasons: [...cover.reasons, ...reasons],
  offence: cover.offence ?? offence,
})

const spentFrom = (state: CredentialState, { level, at, signed, used }: Spent): CredentialState => {
  const draft = LAYOUT.draft(state)
  Object.assign(draft, { level, at, signed, used })
  return LAYOUT.seal(draft)
}

/** The verdict that a credential leads to. @param delegated where a gateway speaks: which delegation names the device */
const judgedBy = (
  cover: Cover,
  view: BundleView,
  state: CredentialState | undefined,
  delegated: Delegated | null,
): Outcome => {
  const { credential, inForce, reasons } = cover
  const { terms } = credential
  const own = view.weigh(terms).ground
  if (!inForce) return { verdict: verdictUnder(own, "none", reasons, detailOf(cover)), state }
  // The terms carry the subject, made once for all devices that share them.
  const enrich = delegated === null ? terms : { subject: subjectOf(delegated, terms) }
  const ground = delegated === null ? own : groundOf(delegated, own)
  const { assurance } = enrich.subject
  const verdict =
    reasons.length === 0 ? passOf(ground, assurance) : verdictUnder(ground, assurance, reasons, detailOf(cover))
  return { verdict, enrich, state }
}

const detailOf = ({ credential, offence }: Cover) => ({ credential: credential.hash, offence: offence ?? "" })

/** What a verdict on a presentation rests on: the bundle, and the lists that the credentials stand on. */
const groundOfAll = (view: BundleView, presented: CredentialFacts["presented"]): Ground => {
  const cited = presented.flatMap((one) => ("reason" in one ? [] : view.weigh(one.credential.terms).ground.cited))
  return cited.length === 0 ? view : { cited: [...new Set([view.hash, ...cited])] }
}

const isKept = (accepted: AcceptedItems, hash: string): boolean => {
  for (const one of accepted) if (one.hash === hash) return true
  return false
}

const judgePresentation = (
  { message, time, knowledge }: MessageEntry,
  claims: PresentationClaims,
  state: CredentialState | undefined,
  { presented }: CredentialFacts,
  view: BundleView,
  states: StateView<CredentialState>,
  { skewMs }: CredentialRules,
): Outcome => {
  const device = claims.iss
  const reasons = new Set<ReasonCode>()
  const detail: Record<string, string> = {}
  const refuse = (code: ReasonCode, what: string): void => {
    reasons.add(code)
    detail[code] = what
  }
  const learns = mayLearn(message.verdicts)
  const draft = LAYOUT.draft(state)
  let changes = false
  let binds = false
  for (const item of presented) {
    if ("reason" in item) {
      // It was accepted from this device under a bundle that had its issuer: the bundle changed, not the device.
      const wasAccepted = item.hash !== undefined && isKept(draft.accepted, item.hash)
      refuse(wasAccepted ? "credential.issuer_withdrawn" : item.reason, item.detail)
      continue
    }
    const why = whyNotAccepted(item.credential, device, view, time, states, skewMs)
    if (why !== null) {
      for (const code of why.reasons) refuse(code, why.offence)
      continue
    }
    const kept = keep(draft, item.credential, view, time, skewMs, whyRevokedIn(states, view))
    changes ||= kept === "kept"
    if (kept === "full") refuse("credential.too_many", "no room")
    else binds ||= bindingOf(item.credential, device, view, time, states, skewMs) === "free"
    const { hardwareId, terms } = item.credential
    const gateway = hardwareId === null ? null : alsoDelegatedTo(terms.vendor, hardwareId, knowledge, time)
    if (gateway !== null) refuse("credential.also_delegated", `${hardwareId} of ${terms.vendor}, to ${gateway}`)
  }
  if (claims.credentials.length > presented.length)
    refuse("credential.too_many", `${claims.credentials.length} at once`)
  if (claims.credentials.length === 0) refuse("credential.missing", "an empty presentation")
  const cover = coverOf(draft.accepted, claims, [], view, time, skewMs, whyRevokedIn(states, view))
  const found = cover?.inForce === true ? cover.credential.terms : null
  const ground = groundOfAll(view, presented)
  const verdict = verdictUnder(ground, found?.assurance ?? "none", [...reasons], reasons.size === 0 ? null : detail)
  if (state === undefined && draft.accepted.length > 0) {
    draft.level = fullLevel(draft.accepted.at(0).terms.capabilities.source.ratePerMinute)
    draft.at = time
    draft.signed = claims.iat * 1000
  }
  const keeps = found !== null && learns
  const next = keeps && changes ? LAYOUT.seal(draft) : undefined
  if (next === undefined) LAYOUT.discard(draft)
  if (found === null) return { verdict, state: undefined }
  // Whoever goes by the class, or by what is declared of measurements, knows it by the admission.
  const isOther =
    changes &&
    state !== undefined &&
    ![...state.accepted].some(({ terms }) => terms.class === found.class && terms.declares === found.declares)
  const admit = keeps && (binds || isOther || !states.isAdmitted(device)) ? device : undefined
  return { verdict, enrich: found, state: next, admit }
}
