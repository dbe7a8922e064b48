/** Builds the audit records of a batch. Numbering is by stage, so that staged and chained runs number alike. */
import { hash } from "node:crypto"
import { leafHash } from "@assay/transparency"
import {
  type AssayedMessage,
  type AuditDraft,
  type AuditEvent,
  type Decision,
  formatOrigin,
  type Origin,
  type ReasonCode,
  type RecordedVerdict,
  STAGES,
} from "@assay/trust"
import type { ByPrincipal } from "./by-principal.ts"

/** `index` of an event: the stage's place times this, plus its number within the stage. */
const PER_STAGE = 1000
/** `index` of the original decision. */
const DECISION = STAGES.length * PER_STAGE

/** The name of the original decision's event: `epoch/partition/offset#index`. */
export const decisionAt = (origin: Origin): string => `${formatOrigin(origin)}#${DECISION}`

/** The place of the stage that an event is of. */
export const placeOf = ({ index }: Pick<AuditEvent, "index">): number => Math.floor(index / PER_STAGE)

const NONE: ReadonlyArray<never> = Object.freeze([])

const blank = (kind: AuditEvent["kind"], origin: Origin, index: number, time: number): AuditEvent => ({
  kind,
  origin,
  index,
  time,
  device: null,
  digest: null,
  decision: null,
  verdicts: NONE,
  reasons: NONE,
  from: null,
  to: null,
  evidence: NONE,
  count: 0,
  root: null,
  record: null,
  detail: null,
})

/** What a stage asked to be recorded at one entry. A proof gets its messages later (`evidence.ts`). */
export const fromDraft = (draft: AuditDraft, origin: Origin, time: number, place: number, nth: number): AuditEvent => {
  const event = blank(draft.kind, origin, place * PER_STAGE + nth, time)
  switch (draft.kind) {
    case "transition":
      return { ...event, device: draft.device, from: draft.from, to: draft.to, reasons: draft.cause }
    case "control": {
      const evidence = draft.erasure?.tokens.map((token) => Buffer.from(token)) ?? NONE
      return { ...event, reasons: draft.reasons, count: draft.accepted ? 1 : 0, detail: draft.detail, evidence }
    }
    case "proof":
      return { ...event, device: draft.device, reasons: [draft.reason] }
    case "incident":
      return { ...event, detail: draft.detail }
    case "life": {
      const { kind: _, device, ...said } = draft
      return { ...event, device, detail: JSON.stringify(said) }
    }
    case "appraisal":
      return { ...event, device: draft.device, detail: draft.detail }
  }
}

/** Lists that were made lately, with the verdicts that they are of: those on messages in order are the same objects. */
const LATELY = 32
const lately: Array<{ readonly of: AssayedMessage["verdicts"]; readonly found: ReadonlyArray<RecordedVerdict> }> = []
let oldest = 0

const isSame = (a: AssayedMessage["verdicts"], b: AssayedMessage["verdicts"]): boolean =>
  a.anomaly === b.anomaly &&
  a.segmentation === b.segmentation &&
  a.credential === b.credential &&
  a.identity === b.identity &&
  a.integrity === b.integrity

const recorded = (verdicts: AssayedMessage["verdicts"]): ReadonlyArray<RecordedVerdict> => {
  for (const { of, found } of lately) if (isSame(of, verdicts)) return found
  const found = recordedAnew(verdicts)
  lately[oldest] = { of: { ...verdicts }, found }
  oldest = (oldest + 1) % LATELY
  return found
}

const recordedAnew = (verdicts: AssayedMessage["verdicts"]): ReadonlyArray<RecordedVerdict> => {
  const found: Array<RecordedVerdict> = []
  for (const stage of STAGES) {
    const verdict = verdicts[stage]
    if (verdict === null) continue
    const { outcome, reasons, observed, knowledge, logic } = verdict
    found.push({ stage, outcome, reasons, observed, knowledge, logic })
  }
  return found
}

/** What an audit event commits to of the record (its value) that is written to a decided stream with it. */
export const recordHash = (value: Uint8Array): Uint8Array => hash("sha256", value, "buffer")

/**
 * The original decision on an authenticated message: its verdicts in short, without the message.
 * @param record as it is written to its decided stream
 */
export const decisionEvent = (message: AssayedMessage, record: Uint8Array): AuditEvent => ({
  // Written out: there is one for every message.
  kind: "decision",
  origin: message.origin,
  index: DECISION,
  time: message.time,
  device: message.claims?.iss ?? null,
  digest: message.claims?.digest ?? null,
  decision: message.decision,
  verdicts: recorded(message.verdicts),
  reasons: NONE,
  from: null,
  to: null,
  evidence: NONE,
  count: 0,
  root: null,
  record: recordHash(record),
  detail: null,
})

const rootText = (root: Uint8Array): string => Buffer.from(root).toString("base64url")

/** An entry that a stage could not judge. */
export interface Undecided {
  readonly origin: Origin
  readonly time: number
  /** Null where the entry is no message: nothing is decided by it. */
  readonly message: AssayedMessage | null
  readonly decision: Decision
  /** As it is kept on the undecided stream. */
  readonly record: Uint8Array
  /** Of the stage that failed. */
  readonly place: number
  readonly detail: string
}

/** One incident, and for a message its decision. `root` vouches for the kept record. */
export const undecidedEvents = (given: Undecided): ReadonlyArray<AuditEvent> => {
  const { origin, time, message, decision, record, place, detail } = given
  const incident: AuditEvent = {
    ...blank("incident", origin, place * PER_STAGE, time),
    reasons: decision.reasons,
    count: 1,
    root: rootText(leafHash(record)),
    detail: JSON.stringify({ what: "an entry could not be judged", detail }),
  }
  if (message === null) return [incident]
  const { claims, verdicts } = message
  return [
    incident,
    {
      ...blank("decision", origin, DECISION, time),
      device: claims?.iss ?? null,
      digest: claims?.digest ?? null,
      decision,
      verdicts: recorded(verdicts),
      record: recordHash(record),
    },
  ]
}

/** Records of one batch that a stage could not read, and that no sender wrote. */
export interface Unread {
  /** The place of the first, under a negative offset. */
  readonly origin: Origin
  readonly time: number
  readonly count: number
  /** Of the kept records, in order. */
  readonly root: Uint8Array
  /** Of the stage that read them. */
  readonly place: number
  readonly stream: string
  /** What was wrong with the first. */
  readonly detail: string
}

/** One incident for a batch: whoever writes between the stages must not fill the audit log one by one. It decides nothing. */
export const unreadEvent = ({ origin, time, count, root, place, stream, detail }: Unread): AuditEvent => ({
  ...blank("incident", origin, place * PER_STAGE, time),
  reasons: ["engine.unreadable_record"],
  count,
  root: rootText(root),
  detail: JSON.stringify({ what: "records between the stages could not be read", stream, count, detail }),
})

/** What a later decision on a message already decided is made of. */
export interface Superseding {
  readonly device: string | null
  readonly digest: string | null
  readonly decision: Decision
  /** The message as it is issued again; null where it is not. */
  readonly record: Uint8Array | null
  /** The control entry that caused it. */
  readonly at: Origin
  readonly time: number
  readonly nth: number
}

export const supersedingEvent = ({ device, digest, decision, record, at, time, nth }: Superseding): AuditEvent => ({
  ...blank("decision", at, (STAGES.length + 1) * PER_STAGE + nth, time),
  device,
  digest,
  decision,
  record: record === null ? null : recordHash(record),
})

/** What was rejected for one reason. */
export interface TurnedAway {
  count: number
  /** The detail of the first one. */
  readonly first: string | null
}

/**
 * One record for all that was rejected in a batch: strangers must not be able to fill the audit log one by one.
 * @param place of the stage: two that read different streams may name the same first record
 */
export const rejectedBatchEvent = (
  first: Origin,
  time: number,
  place: number,
  count: number,
  root: string,
  byReason: Partial<Record<ReasonCode, TurnedAway>>,
  byPrincipal: ByPrincipal,
): AuditEvent => {
  const principals = byPrincipal.counted()
  return {
    ...blank("rejected-batch", first, place * PER_STAGE, time),
    count,
    root,
    // Reason codes have a dot, so `principals` is none.
    detail: JSON.stringify(principals.length === 0 ? byReason : { ...byReason, principals }),
  }
}
