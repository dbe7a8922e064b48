/**
 * What the record says of the messages that devices sent: each decided exactly once, and no device charged with anything: they
 * are honest, and measure by their own time, so every reason that speaks about them is a finding. Detectors are statistics: a
 * report of theirs is one only where there are more than one in a thousand messages. All reasons are counted.
 */
import { type Log, recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { REASONS, type ReasonCode } from "@assay/trust"
import type { Sent } from "./devices.ts"

export interface Checked {
  readonly sent: number
  readonly decided: number
  /** Copies that were recognised and rejected as such: what a crash between append and acknowledgement leaves. */
  readonly repeated: number
  /** How often each reason was given, by its code. */
  readonly reasons: Readonly<Record<string, number>>
  /** What must not be; empty where all holds. */
  readonly findings: ReadonlyArray<string>
}

const DECIDED = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined] as const
const REPLAYED: ReasonCode = "identity.replayed"
/** Every device is new once. */
const EXPECTED: ReadonlySet<ReasonCode> = new Set(["anomaly.learning"])

async function* recordsOf(log: Log, stream: string): AsyncGenerator<{ readonly value: Uint8Array }> {
  for (let partition = 0; partition < log.partitions; partition++) {
    const { end } = await log.bounds({ stream, partition })
    yield* recordsIn(log, stream, partition, undefined, end)
  }
}

/** With these a device is not what it was. */
const STATES: ReadonlySet<ReasonCode> = new Set(["anomaly.watched", "anomaly.probation", "anomaly.stale"])

/** What a detector reports of values or rhythm, without any consequence for the message but its annotation. */
const isReport = (reason: ReasonCode): boolean =>
  reason.startsWith("anomaly.") &&
  REASONS[reason].severity === "warn" &&
  REASONS[reason].attribution === "device" &&
  !EXPECTED.has(reason) &&
  !STATES.has(reason)

/** Messages for which one report is no finding. */
const PER_REPORT = 1_000

const check = async (log: Log, sent: ReadonlyArray<Sent>): Promise<Checked> => {
  const findings: Array<string> = []
  const decisions = new Map(sent.map(({ digest }) => [digest, 0]))
  const reasons: Record<string, number> = {}
  const count = (reason: string): void => {
    reasons[reason] = (reasons[reason] ?? 0) + 1
  }
  let repeated = 0
  let reports = 0
  for (const stream of DECIDED)
    for await (const { value } of recordsOf(log, stream)) {
      const { claims, decision, origin } = decodeAssayed(value)
      const seen = decisions.get(claims?.digest ?? "")
      if (seen !== undefined) decisions.set(claims!.digest, seen + 1)
      for (const reason of decision?.reasons ?? []) {
        count(reason)
        if (isReport(reason)) reports += 1
        else if (REASONS[reason].attribution === "device" && !EXPECTED.has(reason))
          findings.push(`${origin.partition}/${origin.offset} is charged to its device: ${reason}`)
      }
    }
  for await (const { value } of recordsOf(log, STREAMS.rejected)) {
    const { reasons, detail, origin } = decodeRejected(value)
    for (const reason of reasons) count(reason)
    if (reasons.length === 1 && reasons[0] === REPLAYED) repeated += 1
    else findings.push(`${origin.partition}/${origin.offset} was rejected: ${reasons.join(", ")} (${detail})`)
  }
  for await (const _ of recordsOf(log, STREAMS.undecided)) findings.push("an entry is undecided")
  for (const [digest, times] of decisions)
    if (times !== 1) findings.push(`the message ${digest} has ${times} decisions instead of one`)
  if (reports > Math.ceil(sent.length / PER_REPORT))
    findings.push(`detectors reported ${reports} of ${sent.length} messages of honest devices`)
  const decided = [...decisions.values()].filter((times) => times === 1).length
  return { sent: sent.length, decided, repeated, reasons, findings }
}

/** Reads beside the node. @param dir its data directory */
export const checkRecord = async (dir: string, sent: ReadonlyArray<Sent>): Promise<Checked> => {
  const log = await openEmbedded({ dir, readOnly: true })
  try {
    return await check(log, sent)
  } finally {
    await log.close()
  }
}
