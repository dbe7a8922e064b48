/**
 * What the record says of one partition, in a form that a replay can be compared with: each audit event, and each rejected
 * or undecided record, by its name, as a hash. What depends on how entries were put into batches is left out.
 */
import { hash } from "node:crypto"
import { type Log, recordsIn } from "@assay/log"
import { decodeAudit, decodeRejected, encodeAudit, encodeRejected, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type AuditEvent, type Decision, formatOrigin, isOurFault, type Origin } from "@assay/trust"
import { placeOf } from "../runner/audit.ts"

const FAULT = "engine.fault"

export const describeDecision = ({
  outcome,
  reasons,
  trust,
}: Pick<Decision, "outcome" | "reasons" | "trust">): string =>
  `${outcome} [${reasons.join(", ")}]${trust === null ? "" : ` while ${trust}`}`

/** One thing that is derived. */
export interface Derived {
  /** Tells it apart from all others of the partition. */
  readonly name: string
  readonly origin: Origin
  /** The device that it names, or null. */
  readonly device: string | null
  /** For people. */
  readonly words: string
  /** Of everything that follows from the entries. */
  readonly hash: string
  /** Whether it is the one original decision on a message. */
  readonly decides: boolean
}

const wordsOf = (event: AuditEvent): string => {
  const { kind, decision, reasons, from, to } = event
  if (decision !== null)
    return `${decision.kind === "original" ? "" : `${decision.kind}: `}${describeDecision(decision)}`
  const moved = to === null ? "" : ` ${from ?? "nothing"} to ${to}`
  return `${kind}${moved}${reasons.length === 0 ? "" : ` [${reasons.join(", ")}]`}`
}

/**
 * An audit event as a replay derives it; null for one of a batch, and for those of a fault of ours, which no replay has.
 * Evidence is left out: it is what happened to be kept of earlier messages.
 */
export const derivedOf = (event: AuditEvent): Derived | null => {
  const { kind, decision, reasons, origin, index } = event
  if (kind === "rejected-batch" || (kind === "incident" && reasons.some(isOurFault))) return null
  // What failed and how is in the words of the kept record, which differ from one failure to the next.
  const isUndecided = decision?.outcome === "undecided"
  const bytes = encodeAudit({ ...event, evidence: [], record: isUndecided ? null : event.record })
  const name = `${formatOrigin(origin)}#${index}`
  const decides = kind === "decision" && decision?.kind === "original"
  return {
    name,
    origin,
    device: event.device,
    words: wordsOf(event),
    hash: hash("sha256", bytes, "base64url"),
    decides,
  }
}

/** A rejected record as a replay derives it; null where it never was on `submitted`, for it was found between the stages. */
export const derivedRejection = (value: Uint8Array): Derived | null => {
  const record = decodeRejected(value)
  const { origin, reasons } = record
  if (origin.offset < 0) return null
  const bytes = encodeRejected({ ...record, batch: origin })
  const words = describeDecision({ outcome: "rejected", reasons, trust: null })
  return {
    name: `${formatOrigin(origin)} rejected`,
    origin,
    device: null,
    words,
    hash: hash("sha256", bytes, "base64url"),
    decides: true,
  }
}

export interface Recorded {
  readonly things: Map<string, Derived>
  /** Entries that a stage failed at, by offset, and the place of that stage. */
  readonly failed: ReadonlyMap<number, number>
  /** Records of the audit and rejected streams that are none of ours. */
  readonly unreadable: number
}

export const recordedIn = async (log: Log, partition: number): Promise<Recorded> => {
  const things = new Map<string, Derived>()
  const failed = new Map<number, number>()
  let unreadable = 0
  const each = async (stream: string, take: (value: Uint8Array) => Derived | null): Promise<void> => {
    for await (const { value } of recordsIn(log, stream, partition)) {
      try {
        const found = take(value)
        if (found !== null) things.set(found.name, found)
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause
        unreadable += 1
      }
    }
  }
  await each(STREAMS.audit, (value) => {
    const event = decodeAudit(value)
    if (event.kind === "incident" && event.reasons.includes(FAULT)) failed.set(event.origin.offset, placeOf(event))
    return derivedOf(event)
  })
  await each(STREAMS.rejected, derivedRejection)
  return { things, failed, unreadable }
}
