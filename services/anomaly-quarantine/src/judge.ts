/** How anomaly-quarantine judges a message and decides on it. Pure: state and facts in, verdict, decision and state out. */
import {
  type Breaker,
  consider,
  countRelearning,
  credit,
  debit,
  enter,
  forget,
  isRelearning,
  mayLearnIn,
  NO_EVIDENCE,
  reasonsOf,
  reputationOf,
  seeFirmware,
  trustOf,
} from "@assay/detection"
import {
  type AuditDraft,
  decide,
  type Judged,
  type MessageEntry,
  type ReasonCode,
  reasonInfo,
  type Verdicts,
} from "@assay/trust"
import { claimsOf, isResynced, joined, NO_REASONS, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import { assuranceOf, detect, explain, gate, knownFirmware, readEarlier, unmetObligations } from "./checks.ts"
import { ClassView } from "./class-view.ts"
import { declarationsOf } from "./declared.ts"
import { noteRunning, runsRevoked } from "./firmware/running.ts"
import { type Charged, charge, gateOf, gatewayOf, isShut } from "./gateway.ts"
import { attestedByHardware, barredByLife } from "./life.ts"
import type { AnomalyLimits } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { applyTransition, beginAnew, lapse, takeBack, transition } from "./record-transition.ts"
import { trustUnder } from "./revoked-key.ts"
import { type AnomalyState, draftOf, hold, LAYOUT, lifeIn, type States } from "./state.ts"

type Outcome = Judged<AnomalyState, Breaker>

const RELEARNING: ReadonlyArray<ReasonCode> = ["anomaly.relearning"]

export const judge = (
  entry: MessageEntry,
  state: AnomalyState | undefined,
  states: States,
  config: AnomalyLimits,
): Outcome => {
  const { message } = entry
  const { verdicts } = message
  const claims = claimsOf(message)
  const device = claims.iss
  const draft = draftOf(state, entry.time)

  // 1. What is known of the device before this message, and what the stages before found.
  const before = trustOf(state)
  const trust = before === "revoked" ? before : trustUnder(device, state, states)
  // Who cannot sign is believed no more than its gateway.
  const gateway = gatewayOf(device, states)
  const reputation = Math.min(reputationOf(draft), gateway?.reputation ?? 1)
  const earlier = readEarlier(verdicts)
  const admitted = states.isAdmitted(device)
  const ended = barredByLife(state)
  const withheld = gateway?.isWithheld === true
  const shut = isShut(trust) || ended !== null || withheld

  // 2. Does it behave like itself? Presentations and evidence stand outside its rhythm; a quarantined or revoked device is not observed.
  const speaks = claims.kind === "message"
  const learn = earlier.mayLearn && admitted && mayLearnIn(trust) && ended === null && !withheld
  draft.staleMs = config.detection.staleMs
  const firmware = speaks && learn ? knownFirmware(claims, verdicts) : 0
  if (firmware !== 0) seeFirmware(draft, firmware, entry.time)
  if (speaks && learn && claims.fw !== null) noteRunning(draft, claims.fw)
  const relearning = speaks && isRelearning(draft)
  const { subject } = message
  // One key that speaks for many must make no crowd of them.
  const isOfClass = learn && subject !== null && gateway === null
  const view = isOfClass ? new ClassView(subject, entry.time, states.shared, entry.knowledge) : null
  view?.heard(draft)
  const declaredOf = declarationsOf(entry.knowledge, draft.declares)
  const looked = { earlier, learn, admitted, trust, declaredOf, view, config }
  const found = speaks && !shut ? detect(draft, message, claims, looked) : 0
  if (speaks && learn) countRelearning(draft)
  const observing = entry.time < config.observeUntil
  const signals = observing ? 0 : found
  const signalled = reasonsOf(signals)
  // What a mere carrier can cause by loss stands with the message, and is not held against the device: nothing was learned between.
  const charged = earlier.unproven ? 0 : signals
  const chargedFor = earlier.unproven ? NO_REASONS : signalled

  // 3. The verdict: its state, what the conduit demands, what the detectors say.
  const { profile } = entry.knowledge
  const assurance = assuranceOf(message, entry.knowledge)
  const unmet = unmetObligations(verdicts, assurance, reputation, profile !== null && profile.expires <= entry.time)
  const barred = ended ?? gate(trust)
  const said = joined(joined(signalled, view?.reasons ?? NO_REASONS), relearning ? RELEARNING : NO_REASONS)
  const own = joined(unmet, said)
  const reasons = joined(gateOf(gateway), barred === null ? own : [barred, ...own])
  const observed = observing ? reasonsOf(found) : NO_REASONS
  const verdict =
    reasons.length === 0 && observed.length === 0
      ? passOf(profile ?? WITHOUT_PROFILE, assurance)
      : verdictOf(LOGIC_VERSION, {
          reasons,
          observed,
          knowledge: profile === null ? NO_REASONS : [profile.hash],
          assurance,
          detail: explain(own, message, assurance, reputation, draft),
        })

  // 4. The decision, by the state before this message.
  const decision = decide({ ...verdicts, anomaly: verdict }, trust, reputation)
  const unchanged = (): Outcome => {
    LAYOUT.discard(draft)
    return { verdict, decision, state: undefined }
  }
  if (trust === "revoked") {
    if (before === "revoked" || !admitted) return unchanged()
    // Its key was revoked under another name: from here on its own state says so too.
    enter(draft, "revoked", entry.time)
    forget(draft)
    const events = [transition(device, before, "revoked", ["anomaly.device_revoked"])]
    return { verdict, decision, state: LAYOUT.seal(draft), events }
  }

  const moves = admitted && earlier.mayLearn ? attestedByHardware(entry, lifeIn(state)) : NO_EVENTS
  if (moves.length > 0) {
    draft.life = "active"
    return { verdict, decision, state: LAYOUT.seal(draft), events: moves }
  }

  // 5. What the message changes: reputation, then suspicion and trust; the data waits if only the state bars it.
  const evidence = gateway === null ? earlier.evidence : NO_EVIDENCE
  const clean = speaks && earlier.mayLearn && earlier.evidence.weight === 0 && found === 0 && ended === null
  if (!shut) {
    const weight = heaviest(evidence.weight, chargedFor)
    if (weight > 0) debit(draft, weight, config.detection)
    else if (clean && admitted) credit(draft, config.detection)
  }
  // A stranger has no standing to lose: nobody may fill the audit log with the fall of devices that nobody admitted.
  if (!admitted) {
    const ofGateway = gateway === null ? null : charge(gateway, earlier.evidence, 0, entry.time, states, config)
    const stranger = shut ? unchanged() : { verdict, decision, state: LAYOUT.seal(draft) }
    return ofGateway === null ? stranger : withGateway(stranger, ofGateway)
  }
  const waits = trust === "quarantined" || gateway?.trust === "quarantined"
  const held = speaks && waits && !earlier.failed && unmet.length === 0 && ended === null
  if (held) hold(draft, entry.origin)
  // While its gateway is withheld nothing that the device is said to say moves it.
  const wanted = withheld ? null : consider(draft, { signals: charged, evidence, clean }, entry.time, config.detection)
  const trigger = wanted === "calm" && runsRevoked(draft, entry.knowledge) ? null : wanted
  const cause = trigger === "calm" ? NO_REASONS : [...evidence.causes, ...chargedFor]
  const counted = view?.settle()
  const partition = { shared: counted ?? states.shared, admitted: states.admitted }
  const carried = applyTransition(trigger, draft, device, evidence, cause, entry.time, partition, config)
  const fell = draft.trust === "quarantined" && trust !== "quarantined"
  const ofGateway =
    gateway === null
      ? null
      : charge(
          gateway,
          earlier.evidence,
          fell ? heaviest(0, chargedFor) : 0,
          entry.time,
          { shared: carried.breaker ?? states.shared, admitted: states.admitted },
          config,
        )
  // Each moves from another state, so one does at most. The value of a resync is used up, whatever else is wrong.
  const moved =
    (speaks ? lapse(draft, device, entry.time) : null) ??
    (isCorrected(verdicts, earlier.evidence.strike) ? takeBack(draft, device, entry.time) : null) ??
    (isResynced(verdicts.identity) && !earlier.evidence.quarantine ? beginAnew(draft, device, entry.time) : null)
  // A quarantined device, whose message is not even held, stays as it is.
  if (shut && !held && trigger === null && moved === null && draft.grounds === (state?.grounds ?? 0))
    return ofGateway === null ? unchanged() : withGateway(unchanged(), ofGateway)
  const incidents = view?.events ?? NO_EVENTS
  const outcome = {
    verdict,
    decision,
    state: LAYOUT.seal(draft),
    shared: carried.breaker ?? counted,
    events:
      moved === null && incidents.length === 0
        ? carried.events
        : [...incidents, ...carried.events, ...(moved === null ? NO_EVENTS : [moved])],
  }
  return ofGateway === null ? outcome : withGateway(outcome, ofGateway)
}

/** The same, with what the message did to the gateway that signed it. */
const withGateway = (outcome: Outcome, { state, breaker, events }: Charged): Outcome => ({
  ...outcome,
  signer: state,
  shared: breaker ?? outcome.shared,
  events: events.length === 0 ? outcome.events : [...(outcome.events ?? NO_EVENTS), ...events],
})

/** It is said once: a message that the policy or an obligation withholds must not use it up. */
const isCorrected = ({ identity, credential, integrity }: Verdicts, isStrike: boolean): boolean =>
  !isStrike &&
  integrity?.reasons.includes("integrity.reference_corrected") === true &&
  [identity, credential, integrity].every((verdict) => verdict !== null && verdict.outcome !== "fail")

const NO_EVENTS: ReadonlyArray<AuditDraft> = []

const WITHOUT_PROFILE = { hash: null }

/** Nearly every message: one object for each profile and assurance. */
const passOf = sharedVerdicts(({ hash }: { readonly hash: string | null }, assurance) =>
  verdictOf(LOGIC_VERSION, { reasons: NO_REASONS, knowledge: hash === null ? NO_REASONS : [hash], assurance }),
)

const heaviest = (weight: number, reasons: ReadonlyArray<ReasonCode>): number => {
  for (const code of reasons) weight = Math.max(weight, reasonInfo(code).weight)
  return weight
}
