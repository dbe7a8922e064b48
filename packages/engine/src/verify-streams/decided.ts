/**
 * The records of a decided stream against the decisions in the audit stream: the last stage writes both in one commit and in
 * one order, and each decision holds the hash of its record.
 */
import { type Log, type LogRecord, recordsIn } from "@assay/log"
import { decodeAssayed, decodeAudit, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { align } from "@assay/transparency"
import { type AuditEvent, type Decision, formatOrigin, type Origin } from "@assay/trust"
import { recordHash } from "../runner/audit.ts"
import { StreamFindings, type StreamReport } from "./report.ts"

export const DECIDED_STREAMS = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined, STREAMS.revoked] as const

/** A record that a decision was written with. */
interface Expected {
  readonly name: string
  readonly hash: Uint8Array
  readonly time: number
  /** Whether the log vouches for the event. */
  readonly isSealed: boolean
  /** The event, for people. */
  readonly event: string
}

interface Stored {
  readonly name: string
  readonly offset: number
  readonly value: Uint8Array
  /** The record's key is outside of what is hashed, and repeats what is inside. */
  readonly hasItsKey: boolean
}

const nameOf = (origin: Origin, { kind }: Pick<Decision, "kind">): string => `${formatOrigin(origin)} ${kind}`

/** Where the record of a decision stands; null where it has none. */
const streamOf = ({ outcome, kind }: Decision): string | null => {
  if (kind === "revoked") return STREAMS.revoked
  return outcome === "rejected" || outcome === "undecided" ? null : STREAMS[outcome]
}

/** Places of accepted commands that are remembered: a command and the decisions that follow from it lie in one commit. */
const COMMANDS = 4_096

/** Whether a decision is founded: an original one by its message, a later one by an accepted command at its place. */
class Founded {
  readonly #commands = new Set<number>()

  /** The decisions of this event, which come after their command; false: nothing asked for it. */
  sees({ kind, count, origin, decision }: AuditEvent): boolean {
    if (kind === "control" && count === 1) {
      this.#commands.add(origin.offset)
      for (const first of this.#commands) {
        if (this.#commands.size <= COMMANDS) break
        this.#commands.delete(first)
      }
    }
    return kind !== "decision" || decision === null || decision.kind === "original" || this.#commands.has(origin.offset)
  }
}

const expectedOf = (event: AuditEvent, stream: string, isSealed: boolean): Expected | null => {
  const { kind, decision, record, origin, index, time } = event
  if (kind !== "decision" || decision === null || record === null || streamOf(decision) !== stream) return null
  const name = nameOf(decision.supersedes ?? origin, decision)
  return { name, hash: record, time, isSealed, event: `${formatOrigin(origin)}#${index}` }
}

async function* expected(
  log: Log,
  stream: string,
  partition: number,
  sealedTo: number,
  findings: StreamFindings,
): AsyncGenerator<Expected> {
  const founded = new Founded()
  for await (const { offset, value } of recordsIn(log, STREAMS.audit, partition)) {
    const event = readable(() => decodeAudit(value))
    if (event === null) continue
    const isFounded = founded.sees(event)
    const found = expectedOf(event, stream, offset < sealedTo)
    if (found === null) continue
    if (!isFounded)
      findings.add(
        "decision-unfounded",
        null,
        `the decision on ${found.name} (event ${found.event}) supersedes another one, and no accepted command stands at its place`,
      )
    yield found
  }
}

const storedOf = ({ offset, value, key }: LogRecord): Stored => {
  const message = readable(() => decodeAssayed(value))
  if (message?.decision == null) return { name: `no decided message at ${offset}`, offset, value, hasItsKey: false }
  const hasItsKey = Buffer.from(key).toString() === message.key
  return { name: nameOf(message.origin, message.decision), offset, value, hasItsKey }
}

async function* stored(log: Log, stream: string, partition: number, until: number): AsyncGenerator<Stored> {
  for await (const record of recordsIn(log, stream, partition, 0, until)) yield storedOf(record)
}

/** Names of records that were seen of late, to tell a copy from a forgery. */
const REMEMBERED = 65_536
const HEAD = 4_096

/** Whose records retention has taken: all before the first that is kept. */
async function* withoutExpired(
  wanted: AsyncIterable<Expected>,
  kept: ReadonlySet<string> | null,
  findings: StreamFindings,
): AsyncGenerator<Expected> {
  let reached = kept === null
  for await (const one of wanted) {
    reached ||= kept!.has(one.name)
    if (reached) yield one
    else findings.expire(one.time)
  }
}

const headOf = async (log: Log, stream: string, partition: number, until: number): Promise<ReadonlySet<string>> => {
  const names = new Set<string>()
  for await (const { name } of stored(log, stream, partition, until)) if (names.add(name).size === HEAD) break
  return names
}

/** Checks one decided stream of one partition. Memory is bounded; a log that is written to meanwhile does no harm. */
export const checkDecided = async (
  log: Log,
  stream: string,
  partition: number,
  sealedTo: number,
): Promise<StreamReport> => {
  const findings = new StreamFindings(stream, partition)
  const { start, end } = await log.bounds({ stream, partition })
  const kept = start > 0 && log.traits.expires ? await headOf(log, stream, partition, end) : null
  const wanted = withoutExpired(expected(log, stream, partition, sealedTo, findings), kept, findings)
  const naming = {
    left: ({ name }: Expected) => name,
    right: ({ name }: Stored) => name,
    same: (left: Expected, right: Stored) => left.name === right.name,
  }
  const recent = new Set<string>()
  /** Without a record so far: it may have been committed after the end that was looked up. */
  let late: Array<Expected> = []
  const settleLate = (): void => {
    for (const one of late) findings.add("record-missing", null, missing(one))
    late = []
  }
  for await (const pair of align(wanted, stored(log, stream, partition, end), naming)) {
    if (pair.kind === "missing") {
      late.push(pair.left)
      if (late.length > REMEMBERED) settleLate()
      continue
    }
    settleLate()
    if (pair.kind === "pair") judge(pair.left, pair.right, pair.moved, findings)
    else extra(pair.right, recent, findings)
    if (recent.size === REMEMBERED) recent.clear()
    if (pair.kind === "pair") recent.add(pair.right.name)
  }
  const after = new Map<string, Stored>()
  if (late.length > 0)
    for await (const record of recordsIn(log, stream, partition, end)) {
      const one = storedOf(record)
      if (after.set(one.name, one).size > REMEMBERED) break
    }
  for (const one of late.splice(0)) {
    const found = after.get(one.name)
    if (found === undefined) findings.add("record-missing", null, missing(one))
    else judge(one, found, false, findings)
  }
  return findings.report()
}

const missing = ({ name, event }: Expected): string => `the record of ${name} (event ${event}) is not there`

const judge = (wanted: Expected, one: Stored, moved: boolean, findings: StreamFindings): void => {
  const { name, offset, value, hasItsKey } = one
  if (wanted.name !== name) {
    findings.add("record-missing", null, missing(wanted))
    findings.add("record-inserted", offset, `${name}: no decision calls for this record`)
  } else if (!hasItsKey || Buffer.compare(recordHash(value), wanted.hash) !== 0)
    findings.add(
      "record-altered",
      offset,
      `the record of ${name} is not the one of its decision (event ${wanted.event})`,
    )
  else if (moved) findings.add("record-moved", offset, `the record of ${name} stands at another place`)
  else findings.agree(wanted.isSealed)
}

const extra = ({ name, offset }: Stored, recent: ReadonlySet<string>, findings: StreamFindings): void => {
  if (recent.has(name)) findings.add("record-doubled", offset, `the record of ${name} stands there once more`)
  else findings.add("record-inserted", offset, `${name}: no decision calls for this record`)
}
