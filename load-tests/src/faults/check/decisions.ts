/** Exactly one original decision for each record that was submitted, and the decided message on the stream that it names. */
import { recordsOf } from "@assay/cli/open-log"
import { verifyUndecided } from "@assay/engine"
import type { Log } from "@assay/log"
import { decodeAssayed, decodeAudit, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { leafHash, rootOf } from "@assay/transparency"
import { type AuditEvent, isOurFault, type Outcome } from "@assay/trust"
import { fingerprint } from "../attempts.ts"
import { Findings, type Result } from "./result.ts"
import { checkSame, checkSequence, type Seen } from "./sequence.ts"
import type { Submitted } from "./submitted.ts"

export const CLAIM =
  "every submitted record has exactly one original decision, none is invented, all keep the order of submitted, and each decided message lies, its bytes untouched, on the one stream of its outcome"

export interface Decisions {
  readonly result: Result
  readonly totals: Readonly<Record<Outcome, number>>
  /** By partition: origins that ended at the first stage. */
  readonly rejected: ReadonlyArray<ReadonlySet<number>>
}

const DECIDED = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined] as const
const OUTCOME_OF: Readonly<Record<(typeof DECIDED)[number], Outcome>> = {
  [STREAMS.verified]: "verified",
  [STREAMS.annotated]: "annotated",
  [STREAMS.quarantined]: "quarantined",
}

/** The events of audit: original decisions by origin; each event is there once. */
const readAudit = async (log: Log, partition: number, findings: Findings) => {
  const outcomes = new Map<number, Outcome>()
  const seen: Array<Seen> = []
  const ids = new Set<string>()
  const batches: Array<AuditEvent> = []
  const failed: Array<AuditEvent> = []
  for await (const { offset, value } of recordsOf(log, STREAMS.audit, partition)) {
    const event = decodeAudit(value)
    const { origin, index, kind, decision } = event
    const id = `${origin.offset}#${index}`
    if (ids.has(id)) findings.add(`audit ${partition}/${offset} is event ${id} a second time: duplicated`)
    ids.add(id)
    if (kind === "rejected-batch") batches.push(event)
    if (kind === "incident" && event.reasons.some(isOurFault)) failed.push(event)
    if (kind !== "decision" || decision?.kind !== "original") continue
    seen.push({ origin: origin.offset, offset })
    outcomes.set(origin.offset, decision.outcome)
  }
  return { outcomes, found: checkSequence("audit", partition, seen, findings), batches, failed }
}

const readRejected = async (log: Log, partition: number, unreadable: ReadonlySet<number>, findings: Findings) => {
  // In a batch, records that are no entries come before messages that are turned away: two orders side by side.
  const [messages, garbage]: [Array<Seen>, Array<Seen>] = [[], []]
  const hashes: Array<Uint8Array> = []
  for await (const { offset, value } of recordsOf(log, STREAMS.rejected, partition)) {
    const { origin } = decodeRejected(value)
    hashes.push(leafHash(value))
    // Only what lay on submitted is ever rejected.
    if (origin.offset < 0) findings.add(`rejected ${partition}/${offset} never lay on submitted`)
    else (unreadable.has(origin.offset) ? garbage : messages).push({ origin: origin.offset, offset })
  }
  const found = [messages, garbage].map((seen) => checkSequence("rejected", partition, seen, findings))
  return { found: new Set(found.flatMap((one) => [...one])), hashes }
}

/** Each batch of rejected records is vouched for by one event, in order, with their root. */
const checkBatches = (
  partition: number,
  batches: ReadonlyArray<AuditEvent>,
  hashes: ReadonlyArray<Uint8Array>,
  findings: Findings,
): void => {
  let from = 0
  for (const { origin, count, root } of batches) {
    const covered = hashes.slice(from, from + count)
    from += count
    if (Buffer.from(rootOf(covered)).toString("base64url") !== root)
      findings.add(
        `audit: the event of the rejected batch at origin ${partition}/${origin.offset} has another root than what is on rejected`,
      )
  }
  if (from !== hashes.length)
    findings.add(`rejected ${partition}: ${hashes.length} records, but the events of their batches count ${from}`)
}

/** What a stage failed at is kept, vouched for, and a finding in itself: the runs plant no such thing. */
const checkUndecided = async (
  log: Log,
  partition: number,
  failed: ReadonlyArray<AuditEvent>,
  findings: Findings,
): Promise<void> => {
  for (const { origin, reasons } of failed)
    findings.add(`origin ${partition}/${origin.offset}: a fault of Assay (${reasons.join()})`)
  for (const finding of (await verifyUndecided(log, partition)).findings) findings.add(finding)
}

const checkDecided = async (
  log: Log,
  partition: number,
  outcomes: ReadonlyMap<number, Outcome>,
  hashes: ReadonlyMap<number, string>,
  findings: Findings,
): Promise<void> => {
  for (const stream of DECIDED) {
    const seen: Array<Seen> = []
    for await (const { offset, value } of recordsOf(log, stream, partition)) {
      const { origin, decision, key, envelope } = decodeAssayed(value)
      if (decision?.kind !== "original") continue // released later: marked, and beside the order
      seen.push({ origin: origin.offset, offset })
      if (fingerprint(Buffer.from(key), envelope.bytes) !== hashes.get(origin.offset))
        findings.add(`${stream} ${partition}/${offset} does not bear the bytes of origin ${partition}/${origin.offset}`)
    }
    const expected = [...outcomes].filter(([, outcome]) => outcome === OUTCOME_OF[stream]).map(([origin]) => origin)
    checkSame(stream, partition, checkSequence(stream, partition, seen, findings), new Set(expected), findings)
  }
}

export const checkDecisions = async (
  log: Log,
  submitted: ReadonlyArray<ReadonlyArray<Submitted>>,
): Promise<Decisions> => {
  const findings = new Findings()
  const totals: Record<Outcome, number> = { verified: 0, annotated: 0, quarantined: 0, rejected: 0, undecided: 0 }
  const rejected: Array<ReadonlySet<number>> = []
  for (const [partition, entries] of submitted.entries()) {
    const messages = entries.filter(({ kind }) => kind === "message" || kind === "unreadable")
    const audit = await readAudit(log, partition, findings)
    const unreadable = new Set(entries.filter(({ kind }) => kind === "unreadable").map(({ offset }) => offset))
    const turnedAway = await readRejected(log, partition, unreadable, findings)
    rejected.push(turnedAway.found)
    for (const outcome of audit.outcomes.values()) totals[outcome]++
    totals.rejected += turnedAway.found.size
    for (const origin of turnedAway.found)
      if (audit.found.has(origin))
        findings.add(`origin ${partition}/${origin} is decided twice: on audit and on rejected`)
    const expected = new Set(messages.map(({ offset }) => offset))
    checkSame("decisions", partition, new Set([...audit.found, ...turnedAway.found]), expected, findings)
    checkBatches(partition, audit.batches, turnedAway.hashes, findings)
    const hashes = new Map(messages.map(({ offset, hash }) => [offset, hash!]))
    await checkUndecided(log, partition, audit.failed, findings)
    await checkDecided(log, partition, audit.outcomes, hashes, findings)
  }
  return { result: findings.result("decisions", CLAIM), totals, rejected }
}
