/**
 * How good the data is, counted: by minute (of the log), vendor, class, zone and outcome. Each batch gives rows of what it saw
 * alone, which a reader adds up; so nothing has to be kept between two batches, and a repeat gives the same rows.
 */
import type { QualityRow } from "@assay/schemas"
import type { AssayedMessage } from "@assay/trust"
import { zoneOf } from "@assay/trust/kit"

export const QUALITY_ROW_VERSION = 1

const MINUTE_MS = 60_000

type Counts = { -readonly [Name in keyof Omit<QualityRow, "next">]: QualityRow[Name] }
type Outcome = QualityRow["outcome"]

const isCounted = (outcome: string): outcome is Outcome =>
  outcome === "verified" || outcome === "annotated" || outcome === "quarantined"

/** What one batch saw. A batch has at most as many rows as messages. */
export class Quality {
  readonly #rows = new Map<string, Counts>()
  readonly #partition: number

  constructor(partition: number) {
    this.#partition = partition
  }

  /** Counts a decided message; what is none of a device, or tells of no data, is passed over. */
  add(message: AssayedMessage): void {
    const { time, claims, subject, decision, readings, verdicts } = message
    if (decision === null || claims === null || claims.kind !== "message" || !isCounted(decision.outcome)) return
    const row = this.#rowOf(
      Math.floor(time / MINUTE_MS) * MINUTE_MS,
      subject?.vendor ?? null,
      subject?.class ?? null,
      zoneOf(message),
      decision.outcome,
    )
    const chain = verdicts.integrity?.reasons ?? []
    const delay = Math.max(0, time - claims.iat * 1_000)
    row.messages += 1
    row.readings += readings.length
    if (decision.kind !== "original") row.released += 1
    if (chain.includes("integrity.chain_gap")) row.gaps += 1
    if (chain.includes("integrity.chain_pending")) row.pending += 1
    if (chain.includes("integrity.chain_broken")) row.broken += 1
    row.delayMsSum += delay
    row.delayMsMax = Math.max(row.delayMsMax, delay)
  }

  /** @param next the position in the decided stream that is committed with them */
  rows(next: number): ReadonlyArray<QualityRow> {
    return [...this.#rows.values()].map((row) => ({ ...row, next }))
  }

  /** What was counted so far, for metrics. */
  counts(): ReadonlyArray<Omit<QualityRow, "next">> {
    return [...this.#rows.values()]
  }

  #rowOf(
    minute: number,
    vendor: string | null,
    deviceClass: string | null,
    zone: string | null,
    outcome: Outcome,
  ): Counts {
    const name = JSON.stringify([minute, vendor, deviceClass, zone, outcome])
    const known = this.#rows.get(name)
    if (known !== undefined) return known
    const row: Counts = {
      schemaVersion: QUALITY_ROW_VERSION,
      minute,
      partition: this.#partition,
      vendor,
      class: deviceClass,
      zone,
      outcome,
      messages: 0,
      released: 0,
      readings: 0,
      gaps: 0,
      pending: 0,
      broken: 0,
      delayMsSum: 0,
      delayMsMax: 0,
    }
    this.#rows.set(name, row)
    return row
  }
}
