/**
 * A decision as a security event: what every SIEM format says, each in its own words. Bounded and free of control characters,
 * because devices choose many of these strings: a format only has to escape its own marks. Readings are not among it.
 */
import {
  type Action,
  type AssayedMessage,
  type Attribution,
  type DecisionKind,
  formatOrigin,
  type Outcome,
  type ReasonCode,
  reasonInfo,
  type Subject,
  type TrustState,
} from "@assay/trust"
import { safeLine, shorten, zoneOf } from "@assay/trust/kit"
import type { Decided, Place, Storm } from "../encoder.ts"
import { keyOf } from "../place.ts"
import { type AttackVersion, type Technique, techniqueOf } from "./attack.ts"
import { type Severity, severityOf, severityOfReason } from "./severity.ts"

/** Characters of a name that a device or a stranger chose. DIDs of devices are far shorter. */
const MAX_NAME = 1_024
const MAX_REASONS = 16

export const DISPOSITIONS = ["allowed", "annotated", "quarantined", "rejected", "restored", "revoked", "error"] as const
/** What became of the message. */
export type Disposition = (typeof DISPOSITIONS)[number]

export interface EventReason {
  readonly code: ReasonCode
  readonly severity: Severity
  readonly attribution: Attribution
  /** What happened, in a sentence. */
  readonly text: string
  readonly remedy: string
  readonly technique: Technique | null
}

/** So many like the first, summed up. */
export interface EventStorm {
  readonly count: number
  readonly lastKey: string
  readonly lastTimeMs: number
  /** Distinct devices; 0 where none is proven. */
  readonly devices: number
}

export interface SecurityEvent {
  /** Idempotency key. */
  readonly key: string
  /** The message's id. */
  readonly origin: string
  readonly place: Place
  /** Milliseconds since 1970, by the log. */
  readonly timeMs: number
  readonly outcome: Outcome
  readonly kind: DecisionKind
  readonly supersedes: string | null
  readonly disposition: Disposition
  readonly severity: Severity
  /** Worst first. */
  readonly reasons: ReadonlyArray<EventReason>
  /** Its DID; null where nobody has proven who sent it. */
  readonly device: string | null
  /** Whom a message without proof claims to be from. */
  readonly claimed: string | null
  readonly subject: Subject | null
  readonly zone: string | null
  readonly action: Action | null
  readonly audience: string | null
  readonly trust: TrustState | null
  readonly reputation: number | null
  readonly digest: string | null
  readonly binding: string | null
  readonly principal: string | null
  /** For people; null where there is none. */
  readonly detail: string | null
  /** A sentence that says all of it. */
  readonly message: string
  readonly storm: EventStorm | null
}

export interface EventOptions {
  readonly attack: AttackVersion
}

export const safeName = (text: string): string => safeLine(text, MAX_NAME)

const optional = (text: string | null): string | null => (text === null ? null : safeName(text))

const dispositionOf = (outcome: Outcome, kind: DecisionKind): Disposition => {
  if (kind === "released") return "restored"
  if (kind === "revoked") return "revoked"
  return (
    ({ verified: "allowed", annotated: "annotated", undecided: "error" } as const)[outcome as "verified"] ?? outcome
  )
}

const reasonsOf = (
  codes: ReadonlyArray<ReasonCode>,
  action: Action | null,
  { attack }: EventOptions,
): ReadonlyArray<EventReason> =>
  codes.slice(0, MAX_REASONS).map((code) => {
    const { attribution, text, remedy } = reasonInfo(code)
    return {
      code,
      severity: severityOfReason(code),
      attribution,
      text,
      remedy,
      technique: techniqueOf(code, action, attack),
    }
  })

/** The first detail of a verdict that found a reason: expected and found values, as JSON text. */
const detailOf = ({ verdicts }: AssayedMessage): string | null => {
  for (const verdict of Object.values(verdicts)) {
    if (verdict !== null && verdict.reasons.length > 0 && verdict.detail !== null) return verdict.detail
  }
  return null
}

const sentenceOf = ({
  outcome,
  device,
  claimed,
  reasons,
  storm,
}: Pick<SecurityEvent, "outcome" | "device" | "claimed" | "reasons" | "storm">): string => {
  const who =
    device ?? (claimed === null || claimed === "" ? "an unknown sender" : `somebody who claims to be ${claimed}`)
  const why = reasons[0] === undefined ? "" : `: ${reasons[0].text}`
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more reasons)` : ""
  const sentence = `A message of ${who} is ${outcome}${why}${more}`
  return storm === null ? sentence : `${storm.count} decisions of one kind, the first: ${sentence}`
}

const finished = (event: Omit<SecurityEvent, "message" | "storm">): SecurityEvent => ({
  ...event,
  message: sentenceOf({ ...event, storm: null }),
  storm: null,
})

/** @throws TypeError where the message is not decided */
export const eventOf = (decided: Decided, options: EventOptions): SecurityEvent => {
  const { place } = decided
  if (decided.kind === "raw") {
    const { origin, time, key, reasons, detail } = decided.record
    return finished({
      key: keyOf(origin, true, place),
      origin: formatOrigin(origin),
      place,
      timeMs: time,
      outcome: decided.outcome,
      kind: "original",
      supersedes: null,
      disposition: dispositionOf(decided.outcome, "original"),
      severity: severityOf(decided.outcome, reasons),
      reasons: reasonsOf(reasons, null, options),
      device: null,
      claimed: safeName(Buffer.from(key.subarray(0, 4 * MAX_NAME)).toString("utf8")),
      subject: null,
      zone: null,
      action: null,
      audience: null,
      trust: null,
      reputation: null,
      digest: null,
      binding: null,
      principal: null,
      detail: optional(detail),
    })
  }
  const { message } = decided
  const { origin, claims, decision, envelope, subject } = message
  if (decision === null) throw new TypeError("the message is not decided")
  const { outcome, kind, supersedes, reasons } = decision
  const action = claims?.kind === "message" ? claims.act : null
  return finished({
    key: keyOf(origin, kind === "original", place),
    origin: formatOrigin(origin),
    place,
    timeMs: message.time,
    outcome,
    kind,
    supersedes: supersedes === null ? null : formatOrigin(supersedes),
    disposition: dispositionOf(outcome, kind),
    severity: severityOf(outcome, reasons),
    reasons: reasonsOf(reasons, action, options),
    device: optional(claims?.iss ?? null),
    claimed: null,
    subject: subject === null ? null : { ...subject, vendor: safeName(subject.vendor), class: safeName(subject.class) },
    zone: optional(zoneOf(message)),
    action,
    audience: optional(claims?.aud ?? null),
    trust: decision.trust,
    reputation: decision.reputation,
    digest: claims?.digest ?? null,
    binding: safeName(envelope.binding),
    principal: optional(envelope.principal),
    detail: optional(detailOf(message)),
  })
}

/** Characters of a name in an event that would be too long for its receiver. */
const SHORT_NAME = 48

/** The same event with its names cut, so that no receiver has to cut the line itself. */
export const shortened = (event: SecurityEvent): SecurityEvent => {
  const cut = <Text extends string | null>(text: Text): Text =>
    (text === null ? null : shorten(text, SHORT_NAME)) as Text
  const short = {
    ...event,
    reasons: event.reasons.slice(0, 4),
    device: cut(event.device),
    claimed: cut(event.claimed),
    subject:
      event.subject === null
        ? null
        : { ...event.subject, vendor: cut(event.subject.vendor), class: cut(event.subject.class) },
    zone: cut(event.zone),
    audience: cut(event.audience),
    principal: cut(event.principal),
    binding: cut(event.binding),
    detail: cut(event.detail),
  }
  return { ...short, message: sentenceOf(short) }
}

/** The first of a storm, with how many there were and which was the last. */
export const eventOfStorm = ({ first, last, count, devices }: Storm, options: EventOptions): SecurityEvent => {
  const event = eventOf(first, options)
  const { key: lastKey, timeMs: lastTimeMs } = eventOf(last, options)
  const summed = { ...event, key: `${event.key}..${lastKey}`, storm: { count, lastKey, lastTimeMs, devices } }
  return { ...summed, message: sentenceOf(summed) }
}

/** The code of the worst reason, and a word of its own where a decision has none. */
export const codeOf = ({ reasons, outcome }: Pick<SecurityEvent, "reasons" | "outcome">): string =>
  reasons[0]?.code ?? `decision.${outcome}`

/** What that code means, in a sentence. */
export const titleOf = ({ reasons, outcome }: Pick<SecurityEvent, "reasons" | "outcome">): string =>
  reasons[0]?.text ?? `A message is ${outcome}`

/** The ids of the techniques that the reasons hint at, each once, worst first. */
export const techniquesOf = ({ reasons }: Pick<SecurityEvent, "reasons">): ReadonlyArray<Technique> => {
  const found = new Map<string, Technique>()
  for (const { technique } of reasons) if (technique !== null) found.set(technique.id, technique)
  return [...found.values()]
}

/** Their ids with commas between; null where there are none. */
export const techniqueIdsOf = (event: Pick<SecurityEvent, "reasons">): string | null =>
  techniquesOf(event)
    .map(({ id }) => id)
    .join(",") || null

/** The codes of the reasons, worst first, with commas between; null where there are none. */
export const reasonCodesOf = ({ reasons }: Pick<SecurityEvent, "reasons">): string | null =>
  reasons.map(({ code }) => code).join(",") || null
