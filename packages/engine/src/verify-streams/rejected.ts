/**
 * The records of `rejected` against the audit events that vouch for them: each names its batch, and the event of the batch
 * holds how many there are and the RFC 6962 root over their hashes.
 */
import { type Log, type LogRecord, recordsIn } from "@assay/log"
import { decodeAudit, decodeRejected, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { Frontier, leafHash } from "@assay/transparency"
import { type AuditEvent, formatOrigin, type Origin, STAGES, type StageName } from "@assay/trust"
import { placeOf } from "../runner/audit.ts"
import { StreamFindings, type StreamReport } from "./report.ts"

/** What an audit event says of a batch. */
interface Vouched {
  readonly count: number
  readonly root: string
  readonly time: number
  /** Whether the log vouches for the event. */
  readonly isSealed: boolean
}

/** The records of a batch that went by so far. */
interface Batch {
  readonly frontier: Frontier
  /** Origins, to tell a copy. */
  readonly seen: Set<string>
  readonly first: number
  last: number
}

/** So many batches may wait for their other half; the oldest become findings. Both are written in one commit. */
const MAX_OPEN = 10_000
/** A commit takes no more (ASSAY_BATCH_RECORDS), so a batch of more was not rejected together. */
const MAX_BATCH = 10_000
/** So many records of open batches are remembered; after that the oldest become findings. */
const MAX_HELD = 1_000_000

const nameOf = (batch: Origin, stage: StageName): string => `${formatOrigin(batch)} of ${stage}`

const vouchedIn = (
  { kind, root, count, time, origin, index }: AuditEvent,
  isSealed: boolean,
): readonly [name: string, vouched: Vouched] | null =>
  kind === "rejected-batch" && root !== null
    ? [nameOf(origin, STAGES[placeOf({ index })]!), { count, root, time, isSealed }]
    : null

class Check {
  readonly findings: StreamFindings
  readonly #vouched = new Map<string, Vouched>()
  readonly #batches = new Map<string, Batch>()
  /** Records in `#batches`. */
  #held = 0
  #firstKept = Number.MAX_SAFE_INTEGER

  constructor(stream: string, partition: number) {
    this.findings = new StreamFindings(stream, partition)
  }

  event([name, vouched]: readonly [string, Vouched]): void {
    this.#vouched.set(name, vouched)
    this.#compare(name)
    if (this.#vouched.size > MAX_OPEN) this.#missing(this.#vouched.keys().next().value!)
  }

  record({ offset, value, key }: LogRecord): void {
    const kept = readable(() => decodeRejected(value))
    if (kept === null) {
      this.findings.add("record-inserted", offset, "it cannot be read, so no batch calls for it")
      return
    }
    const name = nameOf(kept.batch, kept.stage)
    const batch = this.#batches.get(name) ?? { frontier: new Frontier(), seen: new Set(), first: offset, last: offset }
    const origin = formatOrigin(kept.origin)
    if (batch.seen.has(origin)) {
      this.findings.add("record-doubled", offset, `the record of ${origin} stands there once more`)
      return
    }
    // The key is outside of what is hashed, and repeats what is inside.
    if (Buffer.from(key).toString() !== origin)
      this.findings.add("record-altered", offset, `the record of ${origin} lies under another key`)
    batch.seen.add(origin)
    batch.frontier.append(leafHash(value))
    batch.last = offset
    this.#batches.set(name, batch)
    this.#held += 1
    this.#compare(name)
    if (batch.frontier.size > MAX_BATCH && this.#batches.has(name)) this.#inserted(name)
    if (this.#batches.size > MAX_OPEN || this.#held > MAX_HELD) this.#inserted(this.#batches.keys().next().value!)
  }

  /** Whether the record belongs to a batch whose event was read. */
  awaits({ value }: LogRecord): boolean {
    const kept = readable(() => decodeRejected(value))
    return kept !== null && this.#vouched.has(nameOf(kept.batch, kept.stage))
  }

  /** @param start where the stream begins now, if what lay before may be gone by retention; else 0 */
  end(start: number): void {
    for (const [name, batch] of this.#batches) {
      const vouched = this.#vouched.get(name)
      if (vouched === undefined) this.#inserted(name)
      else if (start > 0 && batch.first === start) {
        this.findings.expire(vouched.time, vouched.count - batch.frontier.size)
        this.findings.unchecked += batch.frontier.size
        this.#vouched.delete(name)
      } else this.#differs(name, batch, vouched)
    }
    const firstKept = start > 0 ? this.#firstKept : 0
    for (const [name, { time, count }] of this.#vouched)
      if (time <= firstKept) this.findings.expire(time, count)
      else this.#missing(name)
  }

  /** @param time of the first record that is still kept */
  keptFrom(time: number): void {
    this.#firstKept = Math.min(this.#firstKept, time)
  }

  #compare(name: string): void {
    const vouched = this.#vouched.get(name)
    const batch = this.#batches.get(name)
    if (vouched === undefined || batch === undefined || batch.frontier.size < vouched.count) return
    if (Buffer.from(batch.frontier.root()).toString("base64url") === vouched.root) {
      this.findings.agree(vouched.isSealed, vouched.count)
      this.#vouched.delete(name)
      this.#close(name)
    } else this.#differs(name, batch, vouched)
  }

  #differs(name: string, { frontier, first, last }: Batch, { count }: Vouched): void {
    this.#vouched.delete(name)
    this.#close(name)
    const where = first === last ? `the record at ${first}` : `one or more of the records from ${first} to ${last}`
    const what =
      frontier.size === count
        ? `${where} of the batch ${name} is not what was rejected: the log keeps one root for a batch, so which one is not known`
        : `the batch ${name} had ${count} records, and ${frontier.size} are there, from ${first} to ${last}`
    this.findings.add(frontier.size === count ? "batch-altered" : "record-missing", first, what)
  }

  #close(name: string): Batch {
    const batch = this.#batches.get(name)!
    this.#batches.delete(name)
    this.#held -= batch.frontier.size
    return batch
  }

  #inserted(name: string): void {
    const { first, last } = this.#close(name)
    const where = first === last ? "the record" : `the records from ${first} to ${last}`
    this.findings.add("record-inserted", first, `no audit event calls for ${where} of the batch ${name}`)
  }

  #missing(name: string): void {
    const { count } = this.#vouched.get(name)!
    this.#vouched.delete(name)
    this.findings.add("record-missing", null, `the ${count} records of the batch ${name} are not there`)
  }
}

/** Checks `rejected` of one partition, both sides side by side in the order of time. */
export const checkRejected = async (log: Log, partition: number, sealedTo: number): Promise<StreamReport> => {
  const stream = STREAMS.rejected
  const check = new Check(stream, partition)
  // The records' end first: every record before it has its event.
  const { start: first, end } = await log.bounds({ stream, partition })
  const start = log.traits.expires ? first : 0
  const records = recordsIn(log, stream, partition, 0, end)
  let next = await records.next()
  if (start > 0) check.keptFrom(next.done === true ? Number.MAX_SAFE_INTEGER : next.value.time)
  for await (const { offset, value, time } of recordsIn(log, STREAMS.audit, partition)) {
    for (; next.done !== true && next.value.time <= time; next = await records.next()) check.record(next.value)
    const vouched = readable(() => vouchedIn(decodeAudit(value), offset < sealedTo))
    if (vouched !== null) check.event(vouched)
  }
  for (; next.done !== true; next = await records.next()) check.record(next.value)
  // What was kept while this ran has its event among those read.
  for await (const record of recordsIn(log, stream, partition, end)) if (check.awaits(record)) check.record(record)
  check.end(start)
  return check.findings.report()
}
