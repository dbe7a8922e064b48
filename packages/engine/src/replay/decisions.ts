/**
 * Walks the original decisions of one partition beside `submitted`, in whose order they stand. Memory: what was decided on
 * the entries that are asked for, and no more.
 */
import { type Log, recordsIn } from "@assay/log"
import { decodeAudit, decodeRejected, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type Decision, reject, STAGES } from "@assay/trust"

export interface RecordedDecision {
  readonly offset: number
  readonly outcome: Decision["outcome"]
  readonly reasons: Decision["reasons"]
}

/** Entries that a stage failed at, which are remembered at most; the undecided stream holds few or something is broken. */
const MOST_FAILED = 100_000

async function* decided(log: Log, partition: number): AsyncGenerator<RecordedDecision> {
  for await (const { value } of recordsIn(log, STREAMS.audit, partition)) {
    const event = readable(() => decodeAudit(value))
    if (event?.kind !== "decision" || event.decision?.kind !== "original") continue
    const { outcome, reasons } = event.decision
    yield { offset: event.origin.offset, outcome, reasons }
  }
}

async function* rejected(log: Log, partition: number): AsyncGenerator<RecordedDecision> {
  for await (const { value } of recordsIn(log, STREAMS.rejected, partition)) {
    const record = readable(() => decodeRejected(value))
    if (record === null || record.origin.offset < 0) continue
    const { outcome, reasons } = reject(record.reasons)
    yield { offset: record.origin.offset, outcome, reasons }
  }
}

/** A stream of decisions with the one that comes next. */
class Ahead {
  readonly #of: AsyncGenerator<RecordedDecision>
  #next: RecordedDecision | null | undefined

  constructor(of: AsyncGenerator<RecordedDecision>) {
    this.#of = of
  }

  async take(until: number, into: Map<number, RecordedDecision>): Promise<void> {
    for (;;) {
      this.#next ??= (await this.#of.next()).value ?? null
      if (this.#next === null || this.#next === undefined || this.#next.offset > until) return
      into.set(this.#next.offset, this.#next)
      this.#next = undefined
    }
  }
}

export class Decisions {
  readonly #streams: ReadonlyArray<Ahead>

  constructor(log: Log, partition: number) {
    this.#streams = [new Ahead(decided(log, partition)), new Ahead(rejected(log, partition))]
  }

  /** Those on entries up to this offset that were not given before. @param until only grows */
  async until(until: number): Promise<ReadonlyMap<number, RecordedDecision>> {
    const found = new Map<number, RecordedDecision>()
    for (const stream of this.#streams) await stream.take(until, found)
    return found
  }
}

/** Entries that a stage failed at, by offset, with the place of that stage; at most `MOST_FAILED`. */
export const failedEntries = async (log: Log, partition: number): Promise<ReadonlyMap<number, number>> => {
  const failed = new Map<number, number>()
  for await (const { value } of recordsIn(log, STREAMS.undecided, partition)) {
    const record = readable(() => decodeRejected(value))
    if (record === null || record.origin.offset < 0) continue
    failed.set(record.origin.offset, STAGES.indexOf(record.stage))
    if (failed.size === MOST_FAILED) break
  }
  return failed
}
